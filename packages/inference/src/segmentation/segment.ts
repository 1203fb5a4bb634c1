import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Image, LabelImage, PixelSize } from "@unet/image";
import type { LabelSink } from "../instances/labelling/label-instances-tiled.js";
import { type InstanceMeasures, instanceMeasurer } from "../instances/measures/measure-instances.js";
import { meanOf } from "../network/mean-of.js";
import type { OnnxNetwork } from "../network/onnx.js";
import type { Predictor } from "../network/predictor.js";
import type { PredictTiledOptions } from "../prediction/predict-tiled.js";
import { resized } from "../prediction/resized.js";
import { memorySink, type TileSink } from "../prediction/sink.js";
import { asSource, type WindowedSource } from "../prediction/source.js";
import { assertLabelMemory, labelScoresTiled } from "./label-scores-tiled.js";
import { scoreSize, scoreTiled, wholeOf } from "./score-image.js";
import { checkTask, plainTaskFor, type Task, type TaskOutput } from "./task.js";

/** Options of {@link segment}; those of {@link TaskOutput}, `scale` and `symmetries` stand in for what the model's task says. */
export interface SegmentOptions
  extends Partial<TaskOutput>,
    Omit<PredictTiledOptions, "blend">,
    Partial<Pick<Task, "scale" | "symmetries">> {
  /** In place of the model's task as a whole, and needed for none where there is one. */
  task?: Task;
  /** How large a pixel is: the table then tells lengths and areas in µm, too. */
  pixelSize?: PixelSize;
  /** Whether the scores are wanted, too; not with a `sink`, which is given them. Default false. */
  scores?: boolean;
  /** Takes the labels part by part, where memory can't hold them. */
  sink?: LabelSink;
  /**
   * Where the scores are kept, at the resolution at which the network sees the image, until the objects are found; a
   * Zarr, say. Default: memory.
   */
  store?: (size: { width: number; height: number; channels: number }) => Promise<ScoreStore> | ScoreStore;
}

/** Keeps scores: they are written once, then read by window. */
export interface ScoreStore {
  sink: TileSink;
  /** Called when the sink is complete and closed. */
  open(): Promise<WindowedSource> | WindowedSource;
}

/** What {@link segment} finds. */
export interface Segmentation {
  /**
   * The number of the object that each pixel belongs to, from 1 on, 0 for none; where the task's aim is `"classes"` the
   * class of each pixel.
   */
  labels: LabelImage;
  /** Measures of each object, or of each class from 1 on, in the order of their labels, in px of the image. */
  table: InstanceMeasures[];
  /** One channel, the score; of more than two classes one each. Where they were asked for. */
  scores?: Image<Float32Array>;
  /** What is used: the model's task with the options that override it. */
  task: Task;
  /** Labels of objects whose box was too large to be split within the memory; only with a `sink`. */
  unsplit: number[];
}

/** A {@link Segmentation} whose labels a sink has. */
export type SunkSegmentation = Omit<Segmentation, "labels" | "scores">;

/**
 * Segments an image of any size as its network is meant to: the model's task says at which scale the network sees it,
 * what is scored, from which threshold on a pixel belongs to an object, and how joined objects are parted.
 *
 * ```ts
 * const { labels, table } = await segment(await readImage("cells.tif"), await loadModel("runs/cells"));
 * await writeLabels("cells-objects.tif", labels);
 * console.log(`${table.length} cells`);
 * ```
 *
 * The labels are the same in memory and through a `sink`, whatever the tiles. With a `sink`, memory is bounded by
 * `memory` and what grows with the number of objects, once the `store` isn't memory either.
 *
 * @param model one network, or several of one task, whose mean scores are taken (`meanOf`); none is disposed
 * @throws RangeError where an option doesn't fit the network, contours need more than `memory`, and as `predictTiled`
 * @throws DOMException named `AbortError` after `signal`
 */
export function segment(
  source: Image | WindowedSource,
  model: Network | readonly Network[],
  options: SegmentOptions & { sink?: undefined; scores: true },
): Promise<Required<Segmentation>>;
export function segment(
  source: Image | WindowedSource,
  model: Network | readonly Network[],
  options?: SegmentOptions & { sink?: undefined },
): Promise<Segmentation>;
export function segment(
  source: Image | WindowedSource,
  model: Network | readonly Network[],
  options: SegmentOptions & { sink: LabelSink },
): Promise<SunkSegmentation>;
export async function segment(
  source: Image | WindowedSource,
  model: Network | readonly Network[],
  options: SegmentOptions = {},
): Promise<Segmentation | SunkSegmentation> {
  const { sink, signal } = options;
  if (sink && options.scores) {
    throw new RangeError("segment: scores are for results in memory; a sink is given them with the labels");
  }
  const { task, scores, image, memory } = await scored(source, model, options).catch(async (error) => {
    await sink?.close?.(false);
    throw error;
  });
  const { width, height } = image;
  const sized = resized(scores, { width, height });
  const map = sink ? undefined : await wholeOf(sized, signal);
  const labels = sink ? undefined : { width, height, data: new Int32Array(width * height) };
  const measurer = instanceMeasurer({ channel: 0, pixelSize: options.pixelSize });
  const taking: LabelSink = {
    block: sink?.block,
    async write(rect, part, strip, count) {
      measurer.write(rect, part, strip, await image.read(rect, { signal }));
      labels?.data.set(part.data, rect.y * width);
      await sink?.write(rect, part, strip, count);
    },
    close: (complete) => sink?.close?.(complete),
  };
  const { unsplit } = await labelScoresTiled(map ? asSource(map) : sized, taking, task, { memory, signal });
  const table = measurer.measures();
  if (!labels) return { table, task, unsplit };
  return { labels, table, ...(options.scores && { scores: map }), task, unsplit };
}

type Network = LayersModel | OnnxNetwork | Predictor;

/** The scores as the network sees the image, kept where the options say, and what finding objects may take. */
async function scored(
  source: Image | WindowedSource,
  model: Network | readonly Network[],
  { store = inMemory, sink: sunk, signal, ...options }: SegmentOptions,
): Promise<{ task: Task; scores: WindowedSource; image: WindowedSource; memory?: number }> {
  const { activation } = options;
  const predictor = meanOf(Array.isArray(model) ? model : [model], { activation });
  const task = settledTask(predictor, options);
  const image = asSource(source);
  // What is in memory as a whole anyway needs no bound, but for contours, which take ten times as much.
  const isBounded = sunk || task.out.split === "contours";
  const memory = isBounded ? (options.memory ?? (sunk ? 2 ** 30 : undefined)) : Infinity;
  assertLabelMemory(image, task, memory);
  const { sink, open } = await store(scoreSize(image, task));
  await scoreTiled(image, predictor, task, sink, { ...options, signal });
  return { task, scores: await open(), image, memory };
}

function inMemory({
  width,
  height,
  channels,
}: {
  width: number;
  height: number;
  channels: number;
}): ScoreStore {
  const sink = memorySink(width, height, channels);
  return { sink, open: () => asSource(sink.image) };
}

/** The task that is followed, with what the options say of it. */
function settledTask({ task, classes }: Predictor, options: SegmentOptions): Task {
  const { score, threshold, split, minimumSize, fillHoles } = options;
  const base = options.task ?? task ?? plainTaskFor(classes);
  const { scale = base.scale, symmetries = base.symmetries } = options;
  const said = { score, threshold, split, minimumSize, fillHoles };
  const out = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return checkTask(
    { ...base, scale, ...(symmetries !== undefined && { symmetries }), out: { ...base.out, ...out } },
    classes,
    "segment: the ",
  );
}
