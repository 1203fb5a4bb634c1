import { writeImage, writeLabels } from "@unet/image";
import type { TrainingConfig } from "../config/config.js";
import type { Tile } from "../samples/tile.js";

/** Where a step failed, in numbers. */
interface Divergence {
  loss: number;
  gradientNorm: number;
  /** The tile of that step. */
  tile: Tile;
}

/** Thrown where the loss or a gradient became NaN or infinite, or the loss exploded. */
export class DivergedError extends Error {
  override name = "DivergedError";
  readonly loss: number;
  readonly gradientNorm: number;
  readonly tile: Tile;

  constructor({ loss, gradientNorm, tile }: Divergence, message?: string) {
    super(message ?? `trainingStep: the loss is ${loss}, the length of its gradient ${gradientNorm}`);
    this.loss = loss;
    this.gradientNorm = gradientNorm;
    this.tile = tile;
  }
}

/** How many losses of a run {@link explosionLimit} uses. */
export const FIRST_LOSSES = 10;

/**
 * The loss that counts as exploded: a hundred times the largest of the run's first ten, or of the loss of
 * a uniform guess, ln C. Losses from which a run of high momentum recovers are far below.
 */
export function explosionLimit(firstLosses: readonly number[], classes: number): number {
  if (firstLosses.length < FIRST_LOSSES) return Number.POSITIVE_INFINITY;
  return 100 * Math.max(Math.log(classes), ...firstLosses);
}

/**
 * The error of {@link trainingStep} with its step and a remedy; where a run has a folder, the tile is saved in
 * `diverged/`: `image.tif`, `labels.tif`, `weights.tif`.
 */
export async function explainDivergence(
  { loss, gradientNorm, tile }: DivergedError,
  { step, config, out }: { step: number; config: TrainingConfig; out?: string },
): Promise<DivergedError> {
  const where = out === undefined ? undefined : await saveTile(tile, `${out}/diverged`);
  const what = Number.isFinite(loss)
    ? Number.isFinite(gradientNorm)
      ? `the loss has exploded to ${loss.toPrecision(3)} at step ${step}`
      : `the gradient is ${gradientNorm} at step ${step}`
    : `the loss is ${loss} at step ${step}`;
  const saved = where ? `; the tile is in ${where}` : "";
  return new DivergedError({ loss, gradientNorm, tile }, `train: ${what}; ${remedy(tile, config)}${saved}`);
}

function remedy(tile: Tile, { learningRate, clipNorm, warmup, normalisation }: TrainingConfig): string {
  const largest = tile.image.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest > 1000) {
    return `its tile has grey values up to ${largest.toPrecision(3)}: choose another normalisation than "${normalisation}"`;
  }
  const others = [clipNorm > 0 ? "" : "clipNorm 1", warmup ? "" : "a warmup of 100 steps"].filter(Boolean);
  return `try a learningRate below ${learningRate}${others.map((other) => `, or ${other}`).join("")}`;
}

async function saveTile({ image, labels, weights }: Tile, folder: string): Promise<string> {
  const { mkdir } = (await import("@unet/image/node")).fs;
  await mkdir(folder, { recursive: true });
  await writeImage(`${folder}/image.tif`, image);
  await writeLabels(`${folder}/labels.tif`, labels);
  await writeImage(`${folder}/weights.tif`, weights);
  return folder;
}
