import type { TileGeometry } from "@unet/image";
import { resolveUNetConfig, type UNetConfig } from "./config.js";

/**
 * The sizes that a U-Net takes and gives (section 2: "select the input tile size such that all 2×2
 * max-pooling operations are applied to a layer with an even x- and y-size"). For the paper's network
 * `outputSize(572)` is 388 and the margin 92.
 *
 * @throws RangeError where the configuration is not possible
 */
export function tileGeometry(config: Partial<UNetConfig> = {}): TileGeometry {
  const { depth, padding, upsampling } = resolveUNetConfig(config, "tileGeometry");
  const multiple = 2 ** depth;
  const loss = padding === "valid" ? 2 * validMargin(depth, upsampling) : 0;
  const smallest = padding === "valid" ? smallestValidInput(depth, upsampling) : multiple;
  // Every size that is valid differs from any other by a multiple of 2^depth.
  const fits = (size: number) =>
    Number.isInteger(size) && size >= smallest && (size - smallest) % multiple === 0;
  return {
    padding,
    multiple,
    margin: padding === "valid" ? loss / 2 : paddedMargin(depth, upsampling),
    outputSize(input) {
      if (fits(input)) return input - loss;
      const below = smallest + multiple * Math.floor((input - smallest) / multiple);
      const nearest =
        input > smallest && input < Infinity ? `${below} and ${below + multiple}` : `${smallest}`;
      throw new RangeError(
        `outputSize: the network can't take an input of ${input} px; nearest it takes ${nearest}`,
      );
    },
    inputSize(atLeastOutput) {
      if (!(atLeastOutput >= 1 && atLeastOutput < Infinity)) {
        throw new RangeError(
          `inputSize: the output must be a finite size of at least 1 px, got ${atLeastOutput}`,
        );
      }
      const steps = Math.ceil((atLeastOutput + loss - smallest) / multiple);
      return smallest + multiple * Math.max(steps, 0);
    },
  };
}

/** Pixels at full resolution that unpadded convolutions take from each side. */
function validMargin(depth: number, upsampling: UNetConfig["upsampling"]): number {
  // Each 3×3 convolution takes one pixel of its level; two a level on the way down, and on the way up.
  let margin = 0;
  for (let level = 0; level <= depth; level++) margin += 2 * 2 ** level * (level === depth ? 1 : 2);
  // Interpolation leaves out the outermost pixel of each upsampled map, whose neighbour is unknown.
  if (upsampling === "bilinear") for (let level = 0; level < depth; level++) margin += 2 ** level;
  return margin;
}

/**
 * How far the pixels of a block, which share one pixel of the bottom, see beyond it: followed from the output
 * back to the input, and rounded up to whole blocks.
 */
function paddedMargin(depth: number, upsampling: UNetConfig["upsampling"]): number {
  const block = 2 ** depth;
  let first = 0;
  let last = block - 1;
  // Two 3×3 convolutions see two pixels further on either side.
  const convolveTwice = () => {
    first -= 2;
    last += 2;
  };
  for (let level = 0; level < depth; level++) {
    convolveTwice();
    first = Math.floor(first / 2);
    last = upsampling === "bilinear" ? Math.ceil(last / 2) : Math.floor(last / 2);
  }
  convolveTwice();
  for (let level = 0; level < depth; level++) {
    first = 2 * first;
    last = 2 * last + 1;
    convolveTwice();
  }
  return Math.ceil(Math.max(-first, last - block + 1) / block) * block;
}

/** The smallest input for which no map of the network is empty. */
function smallestValidInput(depth: number, upsampling: UNetConfig["upsampling"]): number {
  for (let bottom = 1; ; bottom++) {
    let size = bottom;
    let enough = true;
    for (let level = depth - 1; level >= 0 && enough; level--) {
      size = 2 * size - (upsampling === "bilinear" ? 2 : 0) - 4;
      enough = size >= 1;
    }
    if (!enough) continue;
    let input = bottom + 4;
    for (let level = 0; level < depth; level++) input = 2 * input + 4;
    return input;
  }
}
