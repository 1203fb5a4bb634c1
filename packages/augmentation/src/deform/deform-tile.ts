import { assertImage, assertLabels, type Image, type LabelImage, normal, randomAt } from "@unet/image";
import { changeGreyValues, type GreyValueOptions } from "../grey/grey-values.js";
import { augmentationLimits as limits } from "../limits.js";
import type { Affine } from "./affine.js";
import { gridDisplacement } from "./grid-displacement.js";
import { type Displacement, noDisplacement } from "./mapping.js";
import { type Layer, sampleLayers } from "./sample.js";
import { assertInterpolation } from "./warp.js";

/** The coarse grid of random displacements. */
export interface ElasticOptions {
  /** Standard deviation of the displacements, px, up to 1000. Default 10. */
  sigma?: number;
  /** Nodes over the input tile, `[rows, columns]` or one number for both. Default 3. */
  grid?: number | readonly [rows: number, columns: number];
  /** Instead of `grid`: how far apart nodes are at most, `[y, x]` or one number for both, px. */
  spacing?: number | readonly [y: number, x: number];
  /** Between the nodes; see `displacementField`. Default `"bicubic"`. */
  interpolation?: "bicubic" | "bspline";
}

/** Options of {@link deformTile}. */
export interface DeformTileOptions {
  /** `[y, x]` in the image's pixels, which may lie outside it: where pixel ⌊size / 2⌋ of the tile comes from. */
  centre: readonly [y: number, x: number];
  /** Size of the image tile, `[height, width]` or one number for both, px. */
  inputSize: number | readonly [height: number, width: number];
  /** Size of the labels and weights, the centre of the input tile, px. */
  outputSize: number | readonly [height: number, width: number];
  /** Everything random depends on `seed` and `index` alone. */
  seed: number;
  /** Number of the tile. Default 0. */
  index?: number;
  /** Default: σ = 10 px on a 3 × 3 grid, as in the paper; `false` switches it off. */
  elastic?: ElasticOptions | false;
  /** By any angle. Default true. */
  rotation?: boolean;
  /** Up-down and left-right, each for every second tile. Default true. */
  flips?: boolean;
  /** Structures grow or shrink by up to this factor less 1: 0.25 is 0.8 to 1.25 times. Default 0. */
  scaling?: number;
  /** Default: a curve that moves black and white a little; `false` switches it off. */
  greyValues?: GreyValueOptions | false;
  /**
   * Of grey values between pixels. Default `"bicubic"` (Keys, a = −0.5): `"bilinear"` is an eighth faster, but
   * makes tiles smoother than the images that the network will see.
   */
  interpolation?: "bilinear" | "bicubic";
}

/** What {@link deformTile} cuts tiles from. All parts are of one size. */
export interface TileSource {
  readonly image: Image;
  readonly labels: LabelImage;
  readonly weights?: Image;
}

/** What {@link deformTile} makes: an image of the input size, labels and weights of the output size. */
export interface DeformedTile {
  image: Image<Float32Array>;
  labels: LabelImage;
  weights?: Image<Float32Array>;
}

/**
 * Cuts one augmented training tile out of a sample, as the paper trains (section 3.1): shift, rotation, flips,
 * scaling and elastic deformation composed to one map, so that each value is sampled once; then a change of
 * grey values. Beyond its border the sample is mirrored.
 *
 * Labels and weights are of the centre of the tile, where a network of valid convolutions answers. They take
 * the same map and the nearest pixel: no label is invented, and each weight stays with its label. The image is
 * only sampled where the tile lies: cost grows with the tile, not with the image. With all switched off the tile
 * is the mirrored crop, exactly.
 *
 * Each part of the randomness has a stream of its own, so switching one off leaves the others as they were.
 *
 * @throws RangeError that names the option, what it was given and what would be right
 */
export function deformTile(sample: TileSource, options: DeformTileOptions): DeformedTile {
  const { image, labels, weights } = sample;
  const { seed, index = 0, elastic = {}, greyValues = {}, interpolation = "bicubic" } = options;
  checkSource(sample);
  assertInterpolation(interpolation, "deformTile");
  const input = sides(options.inputSize, "inputSize");
  const output = outputRect(input, sides(options.outputSize, "outputSize"));
  const tile: DeformedTile = {
    image: blankImage(input, image.channels),
    labels: {
      width: output.width,
      height: output.height,
      data: new Int32Array(output.width * output.height),
    },
  };
  const layers: Layer[] = [
    { source: image, interpolation, rect: { x: 0, y: 0, ...input }, data: tile.image.data },
    { source: labels, interpolation: "nearest", rect: output, data: tile.labels.data },
  ];
  if (weights) {
    tile.weights = blankImage(output, weights.channels);
    layers.push({ source: weights, interpolation: "nearest", rect: output, data: tile.weights.data });
  }
  const displacement = randomDisplacement(elastic, input, seed, index);
  sampleLayers({ affine: randomAffine(options, input), displacement }, layers);
  if (greyValues) changeGreyValues(tile.image, greyValues, seed, index);
  return tile;
}

function blankImage({ width, height }: Size, channels: number): Image<Float32Array> {
  return { width, height, channels, data: new Float32Array(width * height * channels) };
}

interface Size {
  width: number;
  height: number;
}

function randomDisplacement(
  elastic: ElasticOptions | false,
  size: Size,
  seed: number,
  index: number,
): Displacement {
  if (!elastic) return noDisplacement(size);
  const { sigma = 10, interpolation = "bicubic", ...nodes } = elastic;
  const most = limits.sigma;
  check(sigma >= 0 && sigma <= most, "elastic.sigma", sigma, `from 0 to ${most} px`);
  const [rows, columns] = gridOf(nodes, size);
  const gaussian = normal(randomAt(seed, "tile elastic", index));
  const draw = () => Float64Array.from({ length: rows * columns }, () => sigma * gaussian());
  return gridDisplacement({ rows, columns, dy: draw(), dx: draw() }, size, interpolation);
}

/** Rows and columns of nodes, corner on corner of the tile. */
function gridOf({ grid, spacing }: ElasticOptions, { width, height }: Size): readonly [number, number] {
  if (spacing === undefined) {
    const nodes = both(grid ?? 3);
    const most = limits.nodes;
    const valid = nodes.every((n) => Number.isInteger(n) && n >= 2 && n <= most);
    check(valid, "elastic.grid", grid, `whole numbers from 2 to ${most}`);
    return nodes;
  }
  check(grid === undefined, "elastic.grid", grid, "left out where elastic.spacing is given");
  const [y, x] = both(spacing);
  const least = limits.spacing;
  check(y >= least && x >= least, "elastic.spacing", spacing, `at least ${least} px`);
  const nodes = (size: number, apart: number) => Math.max(2, Math.ceil((size - 1) / apart) + 1);
  return [nodes(height, y), nodes(width, x)];
}

/** One number for both axes, or one each. */
function both(value: number | readonly [y: number, x: number]): readonly [y: number, x: number] {
  return typeof value === "number" ? [value, value] : value;
}

/** Rotation, flips and scaling about the middle of the tile, which is moved to the centre. */
function randomAffine(options: DeformTileOptions, { width, height }: Size): Affine {
  const { centre, seed, index = 0, rotation = true, flips = true, scaling = 0 } = options;
  check(centre.length === 2 && centre.every(Number.isFinite), "centre", centre, "two numbers, [y, x]");
  check(scaling >= 0 && scaling <= limits.scaling, "scaling", scaling, `from 0 to ${limits.scaling}`);
  const angle = rotation ? 2 * Math.PI * randomAt(seed, "tile rotation", index)() : 0;
  const flip = randomAt(seed, "tile flips", index);
  const flipY = flips && flip() < 0.5 ? -1 : 1;
  const flipX = flips && flip() < 0.5 ? -1 : 1;
  // growing and shrinking are equally likely
  const exponent = 2 * randomAt(seed, "tile scaling", index)() - 1;
  const step = scaling === 0 ? 1 : (1 + scaling) ** exponent;
  const cos = Math.cos(angle) * step;
  const sin = Math.sin(angle) * step;
  const affine = { yy: cos * flipY, yx: -sin * flipX, xy: sin * flipY, xx: cos * flipX };
  // the middle of an even tile lies half a pixel before its pixel ⌊size / 2⌋
  const middleY = (height - 1) / 2;
  const middleX = (width - 1) / 2;
  return {
    ...affine,
    y0: centre[0] - (height % 2 ? 0 : 0.5) - affine.yy * middleY - affine.yx * middleX,
    x0: centre[1] - (width % 2 ? 0 : 0.5) - affine.xy * middleY - affine.xx * middleX,
  };
}

function outputRect(input: Size, output: Size) {
  const x = (input.width - output.width) / 2;
  const y = (input.height - output.height) / 2;
  if (!(x >= 0 && y >= 0 && Number.isInteger(x) && Number.isInteger(y))) {
    throw new RangeError(
      `deformTile: outputSize must be smaller than inputSize by an even number of pixels, or equal; got ${output.height} × ${output.width} in ${input.height} × ${input.width}`,
    );
  }
  return { x, y, ...output };
}

function sides(size: number | readonly [number, number], name: string): Size {
  const [height, width] = both(size);
  const valid = [height, width].every((side) => Number.isInteger(side) && side >= 1);
  check(valid, name, size, "whole pixels, one number or [height, width]");
  return { width, height };
}

function checkSource({ image, labels, weights }: TileSource): void {
  assertImage(image, "deformTile");
  assertLabels(labels, "deformTile");
  if (weights) assertImage(weights, "deformTile");
  for (const [name, part] of Object.entries({ labels, weights })) {
    if (part && (part.width !== image.width || part.height !== image.height)) {
      throw new RangeError(
        `deformTile: ${name} must be as large as the image, ${image.width} × ${image.height}, got ${part.width} × ${part.height}`,
      );
    }
  }
}

function check(valid: boolean, name: string, given: unknown, right: string): void {
  if (!valid) throw new RangeError(`deformTile: ${name} must be ${right}, got ${given}`);
}
