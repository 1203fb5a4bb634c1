import { mkdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Image, type LabelImage, readStack, writeImage, writeLabels } from "@unet/image";
import { argMax, predictTiled } from "@unet/inference";
import { type Command, Option } from "commander";
import { type CommonOptions, command, interruptible, startBackend, tell } from "../command.js";
import { UsageError } from "../errors.js";
import { type InstanceOptions, instancesOf, instanceWriter, withInstanceOptions } from "../instances.js";
import { wholeNumber } from "../options.js";
import { channelOf } from "../prediction.js";
import { Progress } from "../progress.js";
import { assertRun, openRun } from "../run.js";

const kinds = ["probabilities", "labels", "instances"] as const;

interface PredictOptions extends CommonOptions, InstanceOptions {
  as: (typeof kinds)[number];
  tile?: number;
}

export function predictCommand(): Command {
  const base = command("predict", "Segment images of any size by overlap-tile; a stack gives a stack.", {
    computes: true,
  })
    .argument("<run>", "folder of a run, or of a model")
    .argument("<images...>", "PNG or TIFF files")
    .requiredOption("--out <path>", "a file for one input (.tif, .png), a folder for several")
    .addOption(
      new Option("--as <what>", "what to write: the class's probabilities, the likeliest class, or objects")
        .choices(kinds)
        .default("probabilities"),
    )
    .option("--class <n>", "the class whose probabilities or objects are wanted", wholeNumber(0), 1)
    .option("--tile <px>", "side of a tile's input (default: chosen for the image)", wholeNumber(1));
  return withInstanceOptions(base).action(predict);
}

async function predict(run: string, inputs: string[], options: PredictOptions): Promise<void> {
  const targets = targetsOf(inputs, options.out);
  const objects = instanceWriter(inputs, options);
  assertRun(run);
  await startBackend(options);
  const model = await openRun(run);
  const classes = model.outputs[0].shape.at(-1) as number;
  if (options.class >= classes) {
    throw new UsageError(`--class must be 0 to ${classes - 1} for this model, got ${options.class}`);
  }
  const signal = interruptible();
  try {
    if (inputs.length > 1) await mkdir(options.out, { recursive: true });
    for (const [input, target] of targets) {
      const pages = await readStack(input, { onNotice: tell });
      const scores = await segment(model, pages, basename(input), signal, options);
      await write(target, scores, options);
      await objects.write(input, scores);
      if (options.json)
        console.log(JSON.stringify({ input, output: target, pages: pages.length, as: options.as }));
      else
        console.log(
          `${target}  ${pages.length} page${pages.length > 1 ? "s" : ""} of ${pages[0].width} × ${pages[0].height}`,
        );
    }
    await objects.end();
  } finally {
    model.dispose();
  }
}

/** Where each input's result goes; never onto an input, and never two to one place. */
function targetsOf(inputs: string[], out: string): Array<[string, string]> {
  if (inputs.length === 1) {
    if (![".tif", ".tiff", ".png"].includes(extname(out).toLowerCase())) {
      throw new UsageError(`--out must end in .tif, .tiff or .png for one input, got ${out}`);
    }
    return [[inputs[0], out]];
  }
  if (extname(out)) throw new UsageError(`--out must be a folder for ${inputs.length} inputs, got ${out}`);
  const targets = inputs.map((input): [string, string] => [
    input,
    join(out, `${basename(input, extname(input))}.tif`),
  ]);
  const twice = targets.find(([, target], i) => targets.findIndex((other) => other[1] === target) !== i);
  if (twice) throw new UsageError(`two inputs would both be written to ${twice[1]}; predict them one by one`);
  return targets;
}

/** Class probabilities of each page, and for the wanted class alone where that is all that is needed. */
async function segment(
  model: LayersModel,
  pages: Image[],
  name: string,
  signal: AbortSignal,
  { json, tile }: PredictOptions,
): Promise<Image<Float32Array>[]> {
  const progress = json ? undefined : new Progress(name, pages.length, "pages");
  try {
    const scores: Image<Float32Array>[] = [];
    for (const page of pages) {
      scores.push(await predictTiled(page, model, { tileSize: tile, signal }));
      progress?.update(scores.length);
    }
    return scores;
  } finally {
    progress?.stop();
  }
}

async function write(target: string, scores: Image<Float32Array>[], options: PredictOptions): Promise<void> {
  if (options.as === "probabilities") {
    const channel = scores.map((score) => channelOf(score, options.class));
    await writeImage(target, extname(target).toLowerCase() === ".png" ? channel.map(toBytes) : channel);
    return;
  }
  const labels: LabelImage[] =
    options.as === "labels" ? scores.map(argMax) : scores.map((score) => instancesOf(score, options));
  await writeLabels(target, labels);
}

/** Probabilities as 8 bits, 255 for 1: what PNG can hold. */
function toBytes({ width, height, channels, data }: Image<Float32Array>): Image<Uint8Array> {
  return { width, height, channels, data: Uint8Array.from(data, (value) => Math.round(value * 255)) };
}
