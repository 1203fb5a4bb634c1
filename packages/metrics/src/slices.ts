import type { Image, LabelImage } from "@unet/image";

/** Probabilities of one slice beside its truth. */
export interface Slice {
  width: number;
  height: number;
  /** Probability of cell; `v / 255` for 8-bit images, in 32-bit floats as the challenge's tool computes it. */
  probability: Float32Array;
  /** 1 inside a cell, 0 on a membrane, −1 where nobody knows. */
  truth: Int32Array;
}

/** Options that the measures of ISBI 2012 share. */
export interface ThresholdOptions {
  /** Foreground is where the probability is above. Default 0.1, 0.2, … 0.9. */
  thresholds?: readonly number[];
  /** Which channel of the prediction is the probability of cell. Default: the only one. */
  channel?: number;
}

/** The challenge's thresholds. */
export const defaultThresholds: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * Prediction and truth of a slice.
 *
 * @throws RangeError where the channel is not there, or no threshold is given
 */
export function sliceOf(
  prediction: Image,
  truth: LabelImage,
  { channel, thresholds = defaultThresholds }: ThresholdOptions,
  where: string,
): Slice {
  if (thresholds.length === 0 || thresholds.some(Number.isNaN)) {
    throw new RangeError(`${where}: thresholds must be one number or more, got [${thresholds.join(", ")}]`);
  }
  const { width, height, data } = truth;
  return { width, height, probability: probabilityOf(prediction, channel, where), truth: data };
}

/** Which pixels of a slice are above a threshold. */
export function foregroundAbove({ probability }: Slice, threshold: number): Uint8Array {
  const foreground = new Uint8Array(probability.length);
  for (let i = 0; i < foreground.length; i++) foreground[i] = probability[i] > threshold ? 1 : 0;
  return foreground;
}

function probabilityOf({ channels, data }: Image, channel: number | undefined, where: string): Float32Array {
  if (channel === undefined && channels > 1) {
    throw new RangeError(
      `${where}: the prediction has ${channels} channels; say which is the probability of cell`,
    );
  }
  const chosen = channel ?? 0;
  if (!(chosen >= 0 && chosen < channels)) {
    throw new RangeError(`${where}: channel must be 0 to ${channels - 1}, got ${chosen}`);
  }
  const scale = Math.fround(
    data instanceof Uint8Array ? 1 / 255 : data instanceof Uint16Array ? 1 / 65535 : 1,
  );
  const out = new Float32Array(data.length / channels);
  for (let i = 0; i < out.length; i++) out[i] = data[i * channels + chosen] * scale;
  return out;
}
