import { cutTile, sampleOrder } from "@unet/augmentation";
import { subset } from "@unet/datasets";
import { type Image, scaledSize, writeImage } from "@unet/image";
import { montage } from "@unet/image/picture";
import { tileGeometry } from "@unet/model/geometry";
import { plainTiles, prepareSamples, recipeNamed, resolveConfig } from "@unet/training";
import { type Command, Option } from "commander";
import { openData } from "../data.js";
import { assertOutputs } from "../outputs/assert-outputs.js";
import { drawTile } from "../preview/draw-tile.js";
import { aimOf, openRecipe } from "../train/recipe.js";
import { settle } from "../train/settle.js";
import { type CommonOptions, command } from "../usage/command.js";
import { addDataOptions, type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { sampleNumbers, scaleFactor, wholeNumber } from "../usage/options.js";

interface PreviewOptions extends CommonOptions, DataOptions {
  data: string;
  out: string;
  samples?: number[];
  recipe?: string;
  scale?: number;
  tiles: number;
  tileSize?: number;
  depth?: number;
  padding?: "valid" | "same";
  classes?: number;
  augmentation: boolean;
  seed: number;
}

export function previewCommand(): Command {
  const made = command("preview", "Draw the tiles that training would learn from, as one picture.")
    .requiredOption("--data <spec>", "as unet train takes it")
    .requiredOption("--out <file>", "the picture: .png or .tif")
    .option("--samples <numbers>", "samples to cut from, e.g. 0-17 (default: all)", sampleNumbers)
    .option("--tiles <n>", "how many", wholeNumber(1), 12)
    .option("--recipe <name>", "as unet train takes it (default: by the data)")
    .option("--scale <factor>", "images are resized by it before the network sees them", scaleFactor)
    .option(
      "--tile-size <px>",
      "side of a tile's input (default: the recipe's, or output of at most 388)",
      wholeNumber(1),
    )
    .option("--depth <n>", "poolings of the network (default: the recipe's)", wholeNumber(1))
    .addOption(
      new Option("--padding <kind>", "of its convolutions (default: the recipe's)").choices([
        "valid",
        "same",
      ]),
    )
    .option("--classes <n>", "classes, background counted (default: the recipe's)", wholeNumber(2))
    .option("--no-augmentation", "cut plain tiles, not deformed ones")
    .option("--seed <n>", "decides the tiles; as in unet train", wholeNumber(0), 0);
  return addDataOptions(made).action(preview);
}

async function preview(options: PreviewOptions): Promise<void> {
  const { data, seed, out, recipe: given, scale: asked, tileSize: side, depth, padding } = options;
  assertOutputs({ "--out": out }, [data, given]);
  const named = given === undefined ? undefined : await openRecipe(given);
  const most = options.classes ?? named?.network.classes ?? 2;
  const dataset = await openData(data, { ...dataOptionsOf(options), seed, classes: most });
  const samples = options.samples ? subset(dataset, options.samples) : dataset;
  const { image, kind } = await samples.get(0);
  const aim = aimOf(data, kind);
  const recipe = named ?? recipeNamed(aim);
  const plan = {
    scale: asked,
    model: { depth, padding, classes: options.classes },
    training: { tileSize: side },
  };
  const { network, training } = await settle(plan, recipe, { samples, aim });
  const { task, rims, paste, normalisation, augmentation, tileSize } = resolveConfig(training);
  const { inputChannels: channels = image.channels, classes = 2 } = network;
  const scale = task?.scale ?? 1;
  const size = scaledSize(image, scale);
  const geometry = tileGeometry(network);
  const inputSize = tileSize ?? geometry.inputSize(Math.min(388, size.width, size.height));
  const outputSize = geometry.outputSize(inputSize);
  // the weights are not drawn, so any will do
  const preparation = { channels, classes, classWeights: new Array(classes).fill(1), w0: 0, sigma: 5 };
  const prepared = await prepareSamples(samples, {
    ...preparation,
    normalisation,
    task,
    rims,
    paste,
    seed,
  });

  const order = sampleOrder(prepared.length, seed);
  const cuts = await Promise.all(
    Array.from({ length: options.tiles }, async (_, index) => {
      const sample = await prepared.get(order(index));
      const cut = {
        ...((options.augmentation && augmentation) || plainTiles),
        inputSize,
        outputSize,
        seed,
        index,
      };
      return { sample, cut, tile: cutTile(sample, cut) };
    }),
  );
  const gridStep = Math.ceil(inputSize / 12);
  const thickness = Math.ceil(inputSize / 300);
  const style = { ...levelsOf(cuts.map(({ tile }) => tile.image)), gridStep, thickness };
  const pictures = cuts.map(({ tile, sample, cut }) => drawTile(tile, sample.image, cut, style));
  await writeImage(out, montage(pictures, { columns: Math.ceil(Math.sqrt(options.tiles)), gap: 8 }));
  if (options.json) {
    const { name } = recipe;
    console.log(
      JSON.stringify({ out, tiles: options.tiles, recipe: name, scale, inputSize, outputSize, gridStep }),
    );
    return;
  }
  const resized = scale === 1 ? "" : `, at scale ${Number(scale.toPrecision(4))}`;
  console.log(`${out}: ${options.tiles} tiles of ${inputSize}² px, of which ${outputSize}² are labelled
  by            the recipe ${recipe.name}${resized}
  bright        where the network learns, with the outlines of the classes
  dark          what it sees around that; what nobody annotated
  blue lines    ${gridStep} px apart in the sample
  orange lines  border of the sample, which is mirrored beyond`);
}

/** Black and white for all tiles, so that their grey values can be compared: all but a few at either end. */
function levelsOf(tiles: Image[]): { low: number; high: number } {
  const values = Float32Array.from(
    tiles.flatMap(({ data }) => [...data.filter((_, i) => i % 97 === 0)]),
  ).sort();
  const at = (share: number) => values[Math.floor(share * (values.length - 1))];
  return { low: at(0.003), high: at(0.997) };
}
