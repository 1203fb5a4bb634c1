import type { Rect } from "@unet/image";
import type { Affine } from "./affine.js";
import type { Reach } from "./fill-patch.js";
import { instantiate } from "./sample-block.wasm.js";

/** How grey values between pixels are taken: `"bicubic"` is cubic convolution with a = −0.5 (Keys 1981). */
export type Interpolation = "nearest" | "bilinear" | "bicubic";

/** Most pixels along a side of a block. */
export const BLOCK_SIDE = 192;

/** Displaces, places and samples the pixels of a block, one block at a time. All memory is row by row. */
export interface BlockKernel {
  /** Displacements dy and dx of the block's pixels. */
  readonly displacements: readonly [dy: Float32Array, dx: Float32Array];
  /** The part of the mirrored source that {@link place} answers. */
  readonly patch: Values;
  /** What {@link sample} takes from there. */
  readonly sampled: Values;
  /**
   * Writes `count` displacements from pixel `from` of the block on, along axis 0 or 1: those of columns `column` and
   * following, a₀ + a₁u + a₂u² + a₃u³ with u = step · column − node.
   */
  readonly displace: Displace;
  /** Finds where the pixels of `block` come from, by `affine` and the displacements; answers what they reach. */
  place(affine: Affine, block: Rect): Reach;
  sample(interpolation: Interpolation): void;
}

type Displace = (
  axis: 0 | 1,
  from: number,
  count: number,
  column: number,
  step: number,
  node: number,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
) => void;

/** A part of the memory, as the two kinds of values that it may hold. */
interface Values {
  readonly float: Float32Array;
  readonly integer: Int32Array;
}

/** The exports of `assembly/sample-block.ts`. */
interface Exports extends Record<Interpolation, () => void> {
  readonly memory: WebAssembly.Memory;
  readonly blockPixels: WebAssembly.Global;
  readonly patchPixels: WebAssembly.Global;
  readonly displacementsY: WebAssembly.Global;
  readonly displacementsX: WebAssembly.Global;
  readonly bounds: WebAssembly.Global;
  readonly patch: WebAssembly.Global;
  readonly sampled: WebAssembly.Global;
  readonly displace: Displace;
  place(row: number, column: number, height: number, width: number, ...affine: number[]): void;
  setPatch(top: number, left: number, columns: number): void;
}

let kernel: BlockKernel | undefined;

/** The kernel of this thread. */
export function blockKernel(): BlockKernel {
  kernel ??= startKernel();
  return kernel;
}

function startKernel(): BlockKernel {
  const exports = instantiate() as unknown as Exports;
  const { buffer } = exports.memory;
  const [pixels, patchPixels] = [exports.blockPixels.value, exports.patchPixels.value];
  const valuesAt = ({ value }: WebAssembly.Global, length: number) => ({
    float: new Float32Array(buffer, value, length),
    integer: new Int32Array(buffer, value, length),
  });
  const bounds = new Float64Array(buffer, exports.bounds.value, 4);
  return {
    displacements: [
      valuesAt(exports.displacementsY, pixels).float,
      valuesAt(exports.displacementsX, pixels).float,
    ],
    patch: valuesAt(exports.patch, patchPixels),
    sampled: valuesAt(exports.sampled, pixels),
    displace: exports.displace,
    place({ y0, yy, yx, x0, xy, xx }, { x, y, width, height }) {
      exports.place(y, x, height, width, y0, yy, yx, x0, xy, xx);
      const [top, bottom, left, right] = bounds.map(Math.floor);
      // cubic convolution takes one pixel more before and two more after
      const reach = { top: top - 1, left: left - 1, rows: bottom - top + 4, columns: right - left + 4 };
      exports.setPatch(reach.top, reach.left, reach.columns);
      return reach;
    },
    sample: (interpolation) => exports[interpolation](),
  };
}
