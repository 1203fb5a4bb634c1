import { cutTile, sampleOrder } from "@unet/augmentation";
import { subset } from "@unet/datasets";
import { type Image, writeImage } from "@unet/image";
import { montage } from "@unet/image/picture";
import { tileGeometry } from "@unet/model/geometry";
import { plainTiles, prepareSamples } from "@unet/training";
import { type Command, Option } from "commander";
import { type CommonOptions, command } from "../command.js";
import { openData } from "../data.js";
import { addDataOptions, type DataOptions, dataOptionsOf } from "../data-options.js";
import { sampleNumbers, wholeNumber } from "../options.js";
import { assertOutputs } from "../outputs/assert-outputs.js";
import { drawTile } from "../preview/draw-tile.js";

interface PreviewOptions extends CommonOptions, DataOptions {
  data: string;
  out: string;
  samples?: number[];
  tiles: number;
  tile?: number;
  depth: number;
  padding: "valid" | "same";
  classes: number;
  augmentation: boolean;
  seed: number;
}

export function previewCommand(): Command {
  const made = command("preview", "Draw the tiles that training would learn from, as one picture.")
    .requiredOption("--data <spec>", "as unet train takes it")
    .requiredOption("--out <file>", "the picture: .png or .tif")
    .option("--samples <numbers>", "samples to cut from, e.g. 0-17 (default: all)", sampleNumbers)
    .option("--tiles <n>", "how many", wholeNumber(1), 12)
    .option("--tile <px>", "side of a tile's input (default: output of at most 388)", wholeNumber(1))
    .option("--depth <n>", "poolings of the network", wholeNumber(1), 4)
    .addOption(
      new Option("--padding <kind>", "of its convolutions").choices(["valid", "same"]).default("valid"),
    )
    .option("--classes <n>", "classes, background counted", wholeNumber(2), 2)
    .option("--no-augmentation", "cut plain tiles, not deformed ones")
    .option("--seed <n>", "decides the tiles; as in unet train", wholeNumber(0), 0);
  return addDataOptions(made).action(preview);
}

async function preview(options: PreviewOptions): Promise<void> {
  const { data, classes, seed, depth, padding, out } = options;
  assertOutputs({ "--out": out }, [data]);
  const dataset = await openData(data, { ...dataOptionsOf(options), seed, classes });
  const samples = options.samples ? subset(dataset, options.samples) : dataset;
  const { image } = await samples.get(0);
  const { channels, width, height } = image;
  const geometry = tileGeometry({ depth, padding });
  const inputSize = options.tile ?? geometry.inputSize(Math.min(388, width, height));
  const outputSize = geometry.outputSize(inputSize);
  // the weights are not drawn, so any will do
  const preparation = { channels, classes, classWeights: new Array(classes).fill(1), w0: 0, sigma: 5 };
  const prepared = await prepareSamples(samples, { ...preparation, normalisation: "z-score" });

  const order = sampleOrder(samples.length, seed);
  const cuts = await Promise.all(
    Array.from({ length: options.tiles }, async (_, index) => {
      const sample = await prepared.get(order(index));
      const cut = { ...(options.augmentation ? {} : plainTiles), inputSize, outputSize, seed, index };
      return { sample, cut, tile: cutTile(sample, cut) };
    }),
  );
  const gridStep = Math.ceil(inputSize / 12);
  const thickness = Math.ceil(inputSize / 300);
  const style = { ...levelsOf(cuts.map(({ tile }) => tile.image)), gridStep, thickness };
  const pictures = cuts.map(({ tile, sample, cut }) => drawTile(tile, sample.image, cut, style));
  await writeImage(out, montage(pictures, { columns: Math.ceil(Math.sqrt(options.tiles)), gap: 8 }));
  if (options.json) {
    console.log(JSON.stringify({ out, tiles: options.tiles, inputSize, outputSize, gridStep: gridStep }));
    return;
  }
  console.log(`${out}: ${options.tiles} tiles of ${inputSize}² px, of which ${outputSize}² are labelled
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
