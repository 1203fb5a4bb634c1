import type { Rect } from "@unet/image";
import { blockKernel, type Interpolation } from "./block-kernel.js";
import { blocksOf } from "./blocks-of.js";
import { copyPart, overlap } from "./copy-part.js";
import { fillPatch, type Source } from "./fill-patch.js";
import type { Mapping } from "./mapping.js";

/** The part `rect` of a tile, to be sampled from `source` into `data`; channels are interleaved in both. */
export interface Layer {
  readonly source: Source;
  readonly interpolation: Interpolation;
  readonly rect: Rect;
  readonly data: Float32Array | Int32Array;
}

/**
 * Samples the layers of a tile, all by one map.
 *
 * It goes block by block: finds where the block's pixels come from, copies what they reach of each mirrored source
 * into the memory of the WebAssembly kernel (`assembly/sample-block.ts`), and samples there. A block that reaches
 * too far for that memory is halved. So time grows with the tile, not with the source, and memory not at all.
 */
export function sampleLayers(mapping: Mapping, layers: readonly Layer[]): void {
  for (const block of blocksOf(mapping.displacement)) sampleBlock(mapping, layers, block);
}

function sampleBlock(mapping: Mapping, layers: readonly Layer[], block: Rect): void {
  const { patch, sampled, place, sample } = blockKernel();
  mapping.displacement.write(block);
  const reach = place(mapping.affine, block);
  if (reach.rows * reach.columns > patch.float.length) {
    for (const half of halves(block)) sampleBlock(mapping, layers, half);
    return;
  }
  for (const { source, interpolation, rect, data } of layers) {
    const { width, height } = overlap(block, rect);
    if (width <= 0 || height <= 0) continue;
    const type = data instanceof Int32Array ? "integer" : "float";
    const { channels = 1 } = source;
    for (let channel = 0; channel < channels; channel++) {
      fillPatch(patch[type], reach, source, channel);
      sample(interpolation);
      copyPart({ rect: block, data: sampled[type] }, { rect, data, channels, channel });
    }
  }
}

function halves(block: Rect): Rect[] {
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
