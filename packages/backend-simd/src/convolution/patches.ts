import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { type Convolution, inputAt, isPlain3x3, type PlacedMap } from "./convolution.js";
import { pack } from "./direct.js";
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
  return isPlain3x3(info) && info.batchSize * info.outHeight * info.outWidth <= MOST_OUTPUTS;
}

/** A convolution that {@link suitsPatches}. */
export function patchesConvolution(backend: SimdBackend, convolution: Convolution): void {
  const { batch, from, to, top, left, filter, turned, bias, relu } = convolution;
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
  const { batchSize, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const from = inputAt(x, info);
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
