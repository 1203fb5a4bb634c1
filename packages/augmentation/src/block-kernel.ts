import type { Rect } from "@unet/image";
import type { Reach } from "./fill-patch.js";
import type { Mapping } from "./mapping.js";
import { instantiate } from "./sample-block.wasm.js";

/** How grey values between pixels are taken: `"bicubic"` is cubic convolution with a = −0.5 (Keys 1981). */
export type Interpolation = "nearest" | "bilinear" | "bicubic";

/** A part of the kernel's memory as the two kinds of values that go through it. */
interface Values {
  readonly float: Float32Array;
  readonly integer: Int32Array;
}

/** Finds where the pixels of a block come from, and samples them there; one thread has one. */
export interface BlockKernel {
  /** The part of the mirrored source that the kernel is to sample; filled between {@link place} and {@link sample}. */
  readonly patch: Values;
  /** The block, row by row. */
  readonly sampled: Values;
  /** Composes `mapping` for the pixels of `block`; answers what part of the mirrored source it reaches. */
  place(mapping: Mapping, block: Rect): Reach;
  sample(interpolation: Interpolation): void;
}

/** Most pixels of a block along one side. */
export const BLOCK_SIDE = 288;

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
  const floats = (start: WebAssembly.Global, length: number) => new Float32Array(buffer, start.value, length);
  const values = (start: WebAssembly.Global, length: number) => ({
    float: floats(start, length),
    integer: new Int32Array(buffer, start.value, length),
  });
  const pixels = exports.blockPixels.value;
  const displacements = [floats(exports.displacementsY, pixels), floats(exports.displacementsX, pixels)];
  const bounds = new Float64Array(buffer, exports.bounds.value, 4);
  return {
    patch: values(exports.patch, exports.patchPixels.value),
    sampled: values(exports.sampled, pixels),
    place({ affine, field }, { x, y, width, height }) {
      for (const [i, displacement] of [field.dy, field.dx].entries()) {
        for (let row = 0; row < height; row++) {
          const from = (y + row) * field.width + x;
          displacements[i].set(displacement.subarray(from, from + width), row * width);
        }
      }
      const { y0, yy, yx, x0, xy, xx } = affine;
      exports.place(y, x, height, width, y0, yy, yx, x0, xy, xx);
      const [top, bottom, left, right] = bounds.map(Math.floor);
      // a cubic kernel takes one pixel more before and two more after
      const reach = { top: top - 1, left: left - 1, rows: bottom - top + 4, columns: right - left + 4 };
      exports.setPatch(reach.top, reach.left, reach.columns);
      return reach;
    },
    sample: (interpolation) => exports[interpolation](),
  };
}
