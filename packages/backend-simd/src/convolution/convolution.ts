import type { backend_util } from "@tensorflow/tfjs-core";

/** A map in memory: its address and [height, width, channels]. */
export interface PlacedMap {
  address: number;
  size: readonly [height: number, width: number, channels: number];
}

/** A 3×3 convolution of stride 1 of maps in memory, with bias and ReLU: a forward pass, or an input's gradient. */
export interface Convolution {
  batch: number;
  from: PlacedMap;
  to: PlacedMap;
  /** How far the first output sees above the map, and beside it, px. */
  top: number;
  left: number;
  filter: number;
  /** Whether the filters are taken from their end, with channels and filters exchanged. */
  turned: boolean;
  /** Of the bias, or 0 for none. */
  bias: number;
  relu: boolean;
}

/** Whether a convolution is of filters 3×3, stride 1, no dilation, and channels that are multiples of four. */
export function isPlain3x3(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  if (filterHeight !== 3 || filterWidth !== 3) return false;
  if (strideHeight * strideWidth * dilationHeight * dilationWidth !== 1) return false;
  return info.inChannels % 4 === 0 && info.outChannels % 4 === 0;
}

/** Where the map that a convolution sees lies. */
export function inputAt(
  address: number,
  { inHeight, inWidth, inChannels }: backend_util.Conv2DInfo,
): PlacedMap {
  return { address, size: [inHeight, inWidth, inChannels] };
}

/** Where the map that it makes lies. */
function outputAt(address: number, { outHeight, outWidth, outChannels }: backend_util.Conv2DInfo): PlacedMap {
  return { address, size: [outHeight, outWidth, outChannels] };
}

/** The forward pass. */
export function forwardOf(
  info: backend_util.Conv2DInfo,
  x: number,
  filter: number,
  bias: number,
  relu: boolean,
  y: number,
): Convolution {
  const { batchSize: batch, padInfo } = info;
  const maps = { batch, from: inputAt(x, info), to: outputAt(y, info) };
  return { ...maps, top: padInfo.top, left: padInfo.left, filter, turned: false, bias, relu };
}

/** The gradient with respect to the input: the convolution of the padded `dy` with the turned filters. */
export function inputGradientOf(
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): Convolution {
  const { batchSize: batch, padInfo } = info;
  const maps = { batch, from: outputAt(dy, info), to: inputAt(dx, info) };
  const [top, left] = [2 - padInfo.top, 2 - padInfo.left];
  return { ...maps, top, left, filter, turned: true, bias: 0, relu: false };
}
