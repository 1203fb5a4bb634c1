import type { Rect } from "@unet/image";
import { BLOCK_SIDE, blockKernel, type Interpolation } from "./block-kernel.js";
import { fillPatch, type Source } from "./fill-patch.js";
import type { Mapping } from "./mapping.js";

/** The part `rect` of a tile, to be sampled from `source` into `out`; channels are interleaved in both. */
export interface Layer {
  readonly source: Source;
  readonly rect: Rect;
  readonly interpolation: Interpolation;
  readonly out: Float32Array | Int32Array;
}

/**
 * Samples the layers of a tile, all by one map.
 *
 * It goes block by block: finds where the block's pixels come from, copies what they reach of each mirrored source
 * into the memory of a WebAssembly kernel (`assembly/sample-block.ts`), and samples there. A block that reaches too
 * far for that memory is halved. So cost grows with the tile alone, and memory not at all.
 */
export function sampleLayers(mapping: Mapping, layers: readonly Layer[]): void {
  const { width, height } = mapping.field;
  for (let y = 0; y < height; y += BLOCK_SIDE) {
    for (let x = 0; x < width; x += BLOCK_SIDE) {
      const block = {
        x,
        y,
        width: Math.min(BLOCK_SIDE, width - x),
        height: Math.min(BLOCK_SIDE, height - y),
      };
      sampleBlock(mapping, layers, block);
    }
  }
}

function sampleBlock(mapping: Mapping, layers: readonly Layer[], block: Rect): void {
  const { patch, sampled, place, sample } = blockKernel();
  const reach = place(mapping, block);
  if (reach.rows * reach.columns > patch.float.length) {
    for (const half of halves(block)) sampleBlock(mapping, layers, half);
    return;
  }
  for (const { source, rect, interpolation, out } of layers) {
    const part = intersection(block, rect);
    if (!part) continue;
    const { data, channels = 1 } = source;
    const type = data instanceof Int32Array ? "integer" : "float";
    for (let channel = 0; channel < channels; channel++) {
      fillPatch(patch[type], reach, source, channel);
      sample(interpolation);
      keep(part, sampled[type], block, out, rect, channels, channel);
    }
  }
}

/** Copies `part` of a sampled block to its place in `out`, which holds `rect`. */
function keep(
  part: Rect,
  sampled: Float32Array | Int32Array,
  block: Rect,
  out: Float32Array | Int32Array,
  rect: Rect,
  channels: number,
  channel: number,
): void {
  for (let y = part.y; y < part.y + part.height; y++) {
    const from = (y - block.y) * block.width + part.x - block.x;
    const to = ((y - rect.y) * rect.width + part.x - rect.x) * channels + channel;
    if (channels === 1) out.set(sampled.subarray(from, from + part.width), to);
    else for (let x = 0; x < part.width; x++) out[to + x * channels] = sampled[from + x];
  }
}

function intersection(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

function halves(block: Rect): [Rect, Rect] {
  const { x, y, width, height } = block;
  if (width >= height) {
    const left = width >> 1;
    return [
      { ...block, width: left },
      { ...block, x: x + left, width: width - left },
    ];
  }
  const upper = height >> 1;
  return [
    { ...block, height: upper },
    { ...block, y: y + upper, height: height - upper },
  ];
}
