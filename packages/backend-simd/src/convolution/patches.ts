import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { pack } from "./direct.js";
import type { PlacedMap } from "./placed-map.js";
import { withMemory } from "./with-memory.js";

/** Most outputs, of all images, for which patches are faster, by measurement. */
const MOST_OUTPUTS = 200;
/** Rows of the filters, and filters, that are multiplied together: `CHUNK` and `WIDE` of assembly/convolution/patches.ts. */
const CHUNK = 128;
const PART = 64;

/**
 * Whether a convolution is computed as a product with the patches of its input: filters 3×3, stride 1, no dilation, channels
 * that are multiples of four, and a small map.
 */
export function suitsPatches(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  if (filterHeight !== 3 || filterWidth !== 3 || inChannels % 4 > 0 || outChannels % 4 > 0) return false;
  if (strideHeight * strideWidth * dilationHeight * dilationWidth !== 1) return false;
  return batchSize * outHeight * outWidth <= MOST_OUTPUTS;
}

/** Bias, convolution and ReLU. `bias` may be 0, for none. */
export function patchesForward(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  filter: number,
  bias: number,
  relu: boolean,
  y: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const from: PlacedMap = { address: x, size: [inHeight, inWidth, inChannels] };
  const to: PlacedMap = { address: y, size: [outHeight, outWidth, outChannels] };
  multiply(backend, batchSize, from, padInfo.top, padInfo.left, filter, false, bias, relu, to);
}

/** The gradient with respect to the input: the convolution of the padded `dy` with the turned filters. */
export function patchesInputGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const from: PlacedMap = { address: dy, size: [outHeight, outWidth, outChannels] };
  const to: PlacedMap = { address: dx, size: [inHeight, inWidth, inChannels] };
  multiply(backend, batchSize, from, 2 - padInfo.top, 2 - padInfo.left, filter, true, 0, false, to);
}

function multiply(
  backend: SimdBackend,
  batch: number,
  from: PlacedMap,
  top: number,
  left: number,
  filter: number,
  turned: boolean,
  bias: number,
  relu: boolean,
  to: PlacedMap,
): void {
  const [outHeight, outWidth, filters] = to.size;
  const outputs = batch * outHeight * outWidth;
  const part = Math.max(PART, Math.ceil(filters / (2 * backend.pool.threads) / 16) * 16);
  withPatches(backend, batch, from, top, left, outHeight, outWidth, (patches, step) => {
    backend.run(
      "patchesForward",
      [
        ...[patches, step, from.size[2], filter, Number(turned), bias, relu ? 0 : -Infinity],
        ...[to.address, outputs, filters, part],
      ],
      Math.ceil(filters / part),
      CHUNK * PART * 4,
    );
  });
}

/** The gradient with respect to the filters. */
export function patchesFilterGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  dw: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const from: PlacedMap = { address: x, size: [inHeight, inWidth, inChannels] };
  const outputs = batchSize * outHeight * outWidth;
  withPatches(backend, batchSize, from, padInfo.top, padInfo.left, outHeight, outWidth, (patches, step) => {
    withMemory(backend, outputs * outChannels * 4, (packed) => {
      pack(backend, dy, 1, outputs, outChannels, false, packed);
      backend.run(
        "patchesGradient",
        [patches, step, inChannels, packed, outputs, outChannels, dw, PART],
        Math.ceil((9 * inChannels) / PART),
        outputs * PART * 4,
      );
    });
  });
}

/** Lends memory with the patches of a map, and says how many bytes they are apart. */
function withPatches(
  backend: SimdBackend,
  batch: number,
  { address, size }: PlacedMap,
  top: number,
  left: number,
  outHeight: number,
  outWidth: number,
  use: (patches: number, step: number) => void,
): void {
  const step = apart(9 * size[2]);
  const rows = batch * outHeight;
  withMemory(backend, rows * outWidth * step, (patches) => {
    backend.run("gatherPatches", [address, ...size, top, left, outHeight, outWidth, patches, step], rows);
    use(patches, step);
  });
}

/** Bytes from one row of so many floats to the next: not a multiple of the cache's period, else all would share its lines. */
function apart(floats: number): number {
  return floats * 4 + 64;
}
