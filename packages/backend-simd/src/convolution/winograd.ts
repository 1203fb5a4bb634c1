import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { type Convolution, isPlain3x3 } from "./convolution.js";
import { withMemory } from "./with-memory.js";

/** Bytes that the transforms of tiles need: `TILE_SCRATCH` of assembly/convolution/winograd-tiles.ts. */
const TILE_SCRATCH = 34 * 6 * 16;
/** Positions of a transformed tile, 6×6. */
const POSITIONS = 36;
/** Most tiles that are transformed, multiplied and transformed back together, in the second-level cache. */
const GROUP = 32;
/** The same for the filter's gradient, whose sums are read and written once for each group. */
const GROUP_OF_GRADIENT = 64;
/** Groups, at least, that one sum of the filter's gradient is of: there are several, so that threads can share the work. */
const GROUPS_OF_SUM = 4;
/** Most sums. */
const SUMS = 8;
/** Channels or filters of a piece of work, where groups of tiles alone don't make enough pieces for the threads. */
const PART = 64;

/**
 * Whether Winograd's F(4×4, 3×3) computes a convolution with fewer products than its definition: filters 3×3, stride 1, no
 * dilation, channels that are multiples of four, and outputs that fill its tiles of 4×4 reasonably.
 */
export function suitsWinograd(info: backend_util.Conv2DInfo): boolean {
  if (!isPlain3x3(info)) return false;
  const { outHeight, outWidth } = info;
  const tiles = Math.ceil(outHeight / 4) * Math.ceil(outWidth / 4);
  return 9 * outHeight * outWidth > 1.5 * POSITIONS * tiles;
}

/** A convolution that {@link suitsWinograd}. */
export function winogradConvolution(backend: SimdBackend, convolution: Convolution): void {
  const { batch, from, to, top, left, filter, turned, bias, relu } = convolution;
  const [outHeight, outWidth, filters] = to.size;
  const channels = from.size[2];
  const tiles = batch * Math.ceil(outHeight / 4) * Math.ceil(outWidth / 4);
  const groups = Math.ceil(tiles / GROUP);
  const group = Math.ceil(tiles / groups);
  const wanted = Math.ceil((2 * backend.pool.threads) / groups);
  const parts = Math.max(1, Math.min(wanted, Math.floor(filters / PART)));
  const scratch = TILE_SCRATCH + POSITIONS * ((channels + filters) * group * 4 + 2 * 64);
  const least = relu ? 0 : -Infinity;
  const bytes = POSITIONS * channels * filters * 4;
  const transform = (u: number) =>
    backend.run("winogradFilter", [filter, channels, filters, Number(turned), u], channels, 10_240, 4);
  const multiply = (u: number) =>
    backend.run(
      "winograd",
      [
        ...[from.address, ...from.size, top, left, u, bias, least],
        ...[to.address, ...to.size, tiles, group, parts],
      ],
      groups * parts,
      scratch,
    );
  if (turned) {
    withMemory(backend, bytes, (u) => {
      transform(u);
      multiply(u);
    });
  } else backend.filterCache.use(filter, { channels, filters, bytes }, transform, multiply);
}

/** The gradient with respect to the filters: summed up over the tiles in Winograd's domain, transformed back once. */
export function winogradFilterGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  dw: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const tiles = batchSize * Math.ceil(outHeight / 4) * Math.ceil(outWidth / 4);
  const sumBytes = POSITIONS * inChannels * outChannels * 4;
  // by the shapes alone, so that the result is the same for any number of threads
  const blocks = Math.min(SUMS, Math.ceil(tiles / GROUP_OF_GRADIENT / GROUPS_OF_SUM));
  const group = Math.min(GROUP_OF_GRADIENT, tiles);
  const parts = Math.max(inChannels / PART, Math.min(backend.pool.threads / blocks, inChannels / 16));
  const perPart = Math.ceil(inChannels / Math.ceil(parts) / 4) * 4;
  const pieces = Math.ceil(inChannels / perPart);
  const scratch = TILE_SCRATCH + POSITIONS * ((perPart + outChannels) * group * 4 + 2 * 64);
  withMemory(backend, blocks * sumBytes, (u) => {
    backend.run(
      "winogradFilterGradient",
      [
        ...[x, inHeight, inWidth, inChannels, padInfo.top, padInfo.left],
        ...[dy, outHeight, outWidth, outChannels, u, tiles, group, blocks, perPart],
      ],
      blocks * pieces,
      scratch,
    );
    backend.run("winogradFilterGradientEnd", [u, blocks, inChannels, outChannels, dw], inChannels, 1024);
  });
}
