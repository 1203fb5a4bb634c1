import { mkdir } from "node:fs/promises";
import { basename, extname } from "node:path";
import { type Image, type LabelImage, writeImage, writeLabels } from "@unet/image";
import {
  argMax,
  asPredictor,
  type Predictor,
  predictTiled,
  type WindowedSource,
  withRotations,
  withSymmetries,
} from "@unet/inference";
import { type Command, Option } from "commander";
import { type CommonOptions, command, interruptible, startBackend } from "../command.js";
import { UsageError } from "../errors.js";
import { expandInputs, type Input, openInput } from "../inputs.js";
import { type InstanceOptions, instancesOf, instanceWriter, withInstanceOptions } from "../instances.js";
import { byteCount, wholeNumber } from "../options.js";
import { overlayWriter } from "../overlay.js";
import { channelOf } from "../prediction.js";
import { tileProgress } from "../progress.js";
import { assertRun, openRun } from "../run.js";
import { fingerprint, streamScores } from "../stream.js";
import { targetsOf } from "../targets.js";

const kinds = ["probabilities", "labels", "instances"] as const;
const augmentations = { none: asPredictor, symmetries: withSymmetries, rotations: withRotations };

interface PredictOptions extends CommonOptions, InstanceOptions {
  as: (typeof kinds)[number];
  tile?: number;
  memory?: number;
  tta: keyof typeof augmentations | true;
  overlay?: string;
}

export function predictCommand(): Command {
  const base = command("predict", "Segment images of any size by overlap-tile; a stack gives a stack.", {
    computes: true,
  })
    .argument("<run>", "folder of a run, or of a model")
    .argument("<images...>", "PNG, TIFF and OME-Zarr images, folders of them, or patterns such as 'a/*.tif'")
    .requiredOption("--out <path>", "a file for one input (.tif, .png, .zarr), a folder for several")
    .addOption(
      new Option("--as <what>", "what to write: the class's probabilities, the likeliest class, or objects")
        .choices(kinds)
        .default("probabilities"),
    )
    .option("--class <n>", "the class whose probabilities or objects are wanted", wholeNumber(0), 1)
    .option("--tile <px>", "side of a tile's input (default: chosen for the image)", wholeNumber(1))
    .option("--memory <size>", "what the computation may take, such as 500M or 2G (default: 1G)", byteCount)
    .addOption(
      new Option("--tta [how]", "average over turned images: 8 symmetries (if not said), or 7 rotations")
        .choices(Object.keys(augmentations))
        .default("none"),
    )
    .option("--overlay <path>", "draw what was found on the image (.png; a folder for several)");
  return withInstanceOptions(base).action(predict);
}

async function predict(run: string, given: string[], options: PredictOptions): Promise<void> {
  const inputs = await expandInputs(given);
  const targets = targetsOf(inputs, options.out, options.as);
  const objects = instanceWriter(inputs, options);
  const overlay = options.overlay === undefined ? undefined : overlayWriter(inputs, options.overlay);
  assertRun(run);
  const backend = await startBackend(options);
  const model = await openRun(run);
  const classes = model.outputs[0].shape.at(-1) as number;
  if (options.class >= classes) {
    throw new UsageError(`--class must be 0 to ${classes - 1} for this model, got ${options.class}`);
  }
  const predictor = augmentations[options.tta === true ? "symmetries" : options.tta](model);
  const signal = interruptible();
  try {
    if (inputs.length > 1) await mkdir(options.out, { recursive: true });
    for (const [path, target] of targets) {
      const input = await openInput(path);
      let size: { width: number; height: number };
      if (isStreamed(input, target, options)) {
        const run = fingerprint(model, path, { ...options, backend: backend.name });
        size = await streamScores(input, target, predictor, {
          ...options,
          name: basename(path),
          run,
          signal,
        });
      } else {
        const pages = await segment(input, basename(path), predictor, signal, options);
        const scores = pages.map((page) => page.scores);
        [size] = scores;
        await write(target, scores, options);
        await objects.write(path, scores);
        await overlay?.(
          path,
          pages.map(({ image, scores }) => ({ image: image!, objects: instancesOf(scores, options) })),
        );
      }
      if (options.json)
        console.log(JSON.stringify({ input: path, output: target, pages: input.length, as: options.as }));
      else {
        const pages = `${input.length} page${input.length > 1 ? "s" : ""}`;
        console.log(`${target}  ${pages} of ${size.width} × ${size.height}`);
      }
    }
    await objects.end();
  } finally {
    model.dispose();
  }
}

/** Whether scores go to the file as they come, so that neither image nor scores need to be in memory. */
function isStreamed({ length }: Input, target: string, options: PredictOptions): boolean {
  const { as, instances, table, geojson, overlay } = options;
  const needed = [instances, table, geojson, overlay].find((path) => path !== undefined);
  if (extname(target) === ".zarr") {
    if (needed) throw new UsageError(`objects can't be had beside a .zarr; predict to .tif for ${needed}`);
    return true;
  }
  return length === 1 && as === "probabilities" && /\.tiff?$/i.test(target) && !needed;
}

interface Page {
  scores: Image<Float32Array>;
  /** Where an overlay is wanted. */
  image?: Image;
}

/** Scores of all classes, of each page. */
async function segment(
  input: Input,
  name: string,
  predictor: Predictor,
  signal: AbortSignal,
  { json, tile, memory, overlay }: PredictOptions,
): Promise<Page[]> {
  const pages: Page[] = [];
  for (let index = 0; index < input.length; index++) {
    const label = input.length > 1 ? `${name} ${index + 1}/${input.length}` : name;
    const progress = json ? undefined : tileProgress(label);
    const { image, close } = await input.open(index);
    try {
      const onProgress = progress?.onProgress;
      const scores = await predictTiled(image, predictor, { tileSize: tile, memory, signal, onProgress });
      pages.push({ scores, image: overlay === undefined ? undefined : await wholeOf(image) });
    } finally {
      progress?.stop();
      await close();
    }
  }
  return pages;
}

async function wholeOf(image: Image | WindowedSource): Promise<Image> {
  if (!("read" in image)) return image;
  return image.read({ x: 0, y: 0, width: image.width, height: image.height });
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
