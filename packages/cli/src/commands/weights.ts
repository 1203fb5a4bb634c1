import {
  type Image,
  type LabelImage,
  resize,
  resizeLabels,
  type Sample,
  scaledSize,
  writeImage,
} from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { cellsAndClasses, twoNearestDistances, weightMap } from "@unet/loss/weight-map";
import { type Command, Option } from "commander";
import { openData } from "../data.js";
import { UsageError } from "../messages/errors.js";
import { assertOutputs } from "../outputs/assert-outputs.js";
import { rasterise } from "../report/rasterise.js";
import { weightsFigure } from "../report/weights-figure.js";
import { type CommonOptions, command } from "../usage/command.js";
import { addDataOptions, type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { notNegative, positive, scaleFactor, wholeNumber } from "../usage/options.js";

interface WeightsOptions extends CommonOptions, DataOptions {
  out: string;
  sample: number;
  scale: number;
  preset: "paper" | "fiji";
  w0?: number;
  sigma?: number;
}

export function weightsCommand(): Command {
  const made = command("weights", "Show the loss's weight map of an image, as the paper's figure 3 does.")
    .argument("<data>", "a data set, such as folder:DIR or synthetic-cells:1")
    .requiredOption("--out <file>", "a PNG of the figure, or a TIFF of the weights themselves")
    .option("--sample <n>", "which image of the data set", wholeNumber(0), 0)
    .option("--scale <factor>", "resize it first, as unet train does by its recipe", scaleFactor, 1)
    .addOption(
      new Option("--preset <name>", "the paper's formula, or that of the authors' plugin")
        .choices(["paper", "fiji"])
        .default("paper"),
    )
    .option("--w0 <x>", "height of the border weight (default: 10, fiji 50)", notNegative)
    .option("--sigma <px>", "width of the border weight (default: 5, fiji 6)", positive);
  return addDataOptions(made).action(weights);
}

async function weights(spec: string, options: WeightsOptions): Promise<void> {
  const { out, sample: index, preset, json } = options;
  const { w0 = preset === "fiji" ? 50 : 10, sigma = preset === "fiji" ? 6 : 5 } = options;
  if (!/\.(png|tiff?)$/i.test(out)) throw new UsageError(`--out must end in .png or .tif, got ${out}`);
  assertOutputs({ "--out": out }, [spec]);
  const dataset = await openData(spec, dataOptionsOf(options));
  if (index >= dataset.length) {
    throw new UsageError(`--sample is ${index}, but the data has samples 0 to ${dataset.length - 1}`);
  }
  const sample = atScale(await dataset.get(index), options.scale);
  const { cells, classes } = cellsAndClasses(sample.labels, sample.kind);
  const map = weightMap(cells, { classes, preset, w0, sigma });
  if (/\.png$/i.test(out)) {
    const formula = `${preset === "fiji" ? "authors' plugin" : "class weight + border term"}, w₀ = ${w0}, σ = ${sigma} px`;
    const figure = { image: sample.image, cells, distances: sumOfDistances(cells), weights: map };
    const { svg, width } = await weightsFigure({ ...figure, reach: 6 * sigma, formula });
    await writeWhole(out, await rasterise(svg, width));
  } else await writeImage(out, map);
  const highest = map.data.reduce((most, weight) => Math.max(most, weight), 0);
  if (json) console.log(JSON.stringify({ out, sample: sample.name, preset, w0, sigma, highest }));
  else console.log(`weights of sample ${index}, up to ${highest.toFixed(2)}, are in ${out}`);
}

function atScale(sample: Sample, scale: number): Sample {
  if (scale === 1) return sample;
  const size = scaledSize(sample.image, scale);
  return { ...sample, image: resize(sample.image, size), labels: resizeLabels(sample.labels, size) };
}

function sumOfDistances(cells: LabelImage): Image<Float32Array> {
  const { first, second } = twoNearestDistances(cells);
  const { width, height } = cells;
  return { width, height, channels: 1, data: first.map((distance, i) => distance + second[i]) };
}
