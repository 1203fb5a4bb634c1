import type { Image, LabelImage, Rect } from "@unet/image";
import type { WindowedSource } from "../../prediction/source.js";
import { chooseLabelling, type LabelInstancesOptions } from "./label-instances.js";
import { type LabelSummary, labelSteps } from "./label-steps.js";

export type { LabelSummary };

interface Block {
  readonly width: number;
  readonly height: number;
}

/** Takes the labels of one part of the image after another, from top to bottom, each as wide as the image. */
export interface LabelSink {
  /** The chunks that are written as a whole, px: parts start at multiples of its height. Default: anywhere. */
  readonly block?: Block;
  /**
   * @param scores those that the labels come from
   * @param count objects in the whole image, the largest label, where it is known
   */
  write(rect: Rect, labels: LabelImage, scores: Image, count?: number): Promise<void> | void;
  /** Called once at the end; `complete` says whether every part was written. */
  close?(complete: boolean): Promise<void> | void;
}

/** Options of {@link labelInstancesTiled}. */
export interface LabelInstancesTiledOptions extends LabelInstancesOptions {
  /** Bytes for pixels, beside what grows with the number of objects. Default 256 MiB. */
  memory?: number;
  /**
   * Rows that are read and written together. Default: by `memory`, at most 1024, whole chunks where source or
   * sink have a `block`.
   */
  rows?: number;
  signal?: AbortSignal;
}

/**
 * {@link labelInstances} for an image of any size: the same labels, from scores that are read window by window
 * and never held as a whole. No object is cut where windows meet. The scores are read twice, or three times
 * with `watershed`, which reads the box of each object that doesn't lie within some rows once more. Memory is
 * bounded by `memory` and the number of objects; an object whose box is too large to be split within it stays
 * whole, and is reported.
 *
 * @param source the scores; `read` must give the same each time
 * @param sink takes the labels, part by part
 * @throws RangeError where there is no such channel, an option is impossible, or `read` gives another size
 * @throws DOMException named `AbortError` after `signal`
 */
export async function labelInstancesTiled(
  source: WindowedSource & { readonly block?: Block },
  sink: LabelSink,
  options: LabelInstancesTiledOptions = {},
): Promise<LabelSummary> {
  let summary: LabelSummary;
  try {
    summary = await labelInto(sink, source, options);
  } catch (error) {
    await sink.close?.(false);
    throw error;
  }
  await sink.close?.(true);
  return summary;
}

async function labelInto(
  sink: LabelSink,
  source: WindowedSource & { readonly block?: Block },
  options: LabelInstancesTiledOptions,
): Promise<LabelSummary> {
  const { memory = 256 * 2 ** 20, signal } = options;
  const choices = chooseLabelling(source, options, "labelInstancesTiled");
  if (!(memory > 0)) throw new RangeError(`labelInstancesTiled: memory must be positive, got ${memory}`);
  const { rows = rowsWithin(memory, source, sink) } = options;
  if (!(Number.isInteger(rows) && rows >= 1)) {
    throw new RangeError(`labelInstancesTiled: rows must be a whole number of at least 1, got ${rows}`);
  }
  const steps = labelSteps(source, { ...choices, rows, memory: memory / 2 });
  let step = steps.next();
  while (!step.done) {
    signal?.throwIfAborted();
    if ("read" in step.value) {
      step = steps.next(await read(source, step.value.read));
    } else {
      const { write, labels, scores, count } = step.value;
      await sink.write(write, labels, scores, count);
      step = steps.next();
    }
  }
  return step.value;
}

/** A quarter of the memory is for the rows: scores and labels, of 4 bytes each. */
export function rowsWithin(
  memory: number,
  source: { width: number; height: number; channels: number; block?: Block },
  { block }: LabelSink,
): number {
  const { width, height, channels } = source;
  const step = Math.max(source.block?.height ?? 1, block?.height ?? 1);
  const fitting = Math.min(memory / 4 / (4 * width * (channels + 1)), 1024);
  return Math.min(Math.max(Math.floor(fitting / step), 1) * step, height);
}

async function read(source: WindowedSource, rect: Rect): Promise<Image> {
  const scores = await source.read(rect);
  if (
    scores.width === rect.width &&
    scores.height === rect.height &&
    scores.channels === source.channels &&
    scores.data.length === rect.width * rect.height * source.channels
  ) {
    return scores;
  }
  throw new RangeError(
    `labelInstancesTiled: read(${JSON.stringify(rect)}) gave ${scores.width} × ${scores.height} × ${scores.channels}`,
  );
}
