/** The part of a layer that its geometry follows from. */
export interface LayerLike {
  name: string;
  getClassName(): string;
  getConfig(): Record<string, unknown>;
}

/** Pixels `first` … `last` along one axis of a map. */
export interface Span {
  first: number;
  last: number;
}

/** How a layer treats one axis of its maps. */
export interface AxisRule {
  /** Sides of the output by sides of the input, as a fraction: pooling 1/2, up-convolution 2/1, others 1/1. */
  scale: readonly [numerator: number, denominator: number];
  /** The output's size; undefined where the input's does not fit. */
  size(input: number): number | undefined;
  /** The pixels of the input that pixels of the output are computed from. */
  needs(output: Span): Span;
}

/**
 * The rule of a layer along height (`axis` 0) or width (1); undefined where its output depends on the whole
 * input, or it is not known.
 *
 * @throws RangeError that names a layer whose maps are not `[batch, height, width, channels]`, or that mixes
 *   pixels along an axis that tiles cut
 */
export function axisRule(layer: LayerLike, axis: 0 | 1): AxisRule | undefined {
  const kind = layer.getClassName();
  const config = layer.getConfig();
  if (config.dataFormat === "channelsFirst") {
    throw new RangeError(`modelGeometry: the layer "${layer.name}" has its channels first; make them last`);
  }
  if (AXIS_OF.has(kind)) {
    const along = (config.axis ?? -1) as number | number[];
    if (![along].flat().every((channels) => channels === -1 || channels === 3)) {
      throw new RangeError(
        `modelGeometry: the ${kind} "${layer.name}" works along axis ${along}, which tiles cut; only the channels' (−1) can be`,
      );
    }
    return pointwise;
  }
  if (POINTWISE.has(kind)) return pointwise;
  switch (kind) {
    case "PReLU": {
      const shared = (config.sharedAxes ?? []) as number[];
      return shared.includes(1) && shared.includes(2) ? pointwise : undefined;
    }
    case "Conv2D":
    case "DepthwiseConv2D":
    case "SeparableConv2D":
      return windowed(
        (pair(config.kernelSize, axis) - 1) * pair(config.dilationRate ?? 1, axis) + 1,
        pair(config.strides ?? 1, axis),
        config.padding as string,
      );
    case "MaxPooling2D":
    case "AveragePooling2D":
      return windowed(
        pair(config.poolSize, axis),
        pair(config.strides ?? config.poolSize, axis),
        config.padding as string,
      );
    case "Conv2DTranspose":
      return transposed(pair(config.kernelSize, axis), pair(config.strides, axis), config.padding as string);
    case "UpSampling2D":
      return upsampled(pair(config.size, axis), config.interpolation as string);
    case "BilinearUpsampling":
      // with corners on each other every pixel depends on the size of the map
      return config.coordinates === "half-pixel" ? betweenPixels : undefined;
    case "Cropping2D": {
      const [before, after] = (config.cropping as number[][])[axis];
      return trimmed(before, after);
    }
    case "ZeroPadding2D": {
      const [before, after] = sidesOf(config.padding, axis);
      return trimmed(-before, -after);
    }
    default:
      return undefined;
  }
}

/** Layers that compute each pixel from the same pixel of their inputs. */
const POINTWISE = new Set([
  ...["InputLayer", "Add", "Average", "Maximum", "Minimum", "Multiply"],
  ...["Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU"],
  ...["Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"],
]);

/** Layers that do so where the axis they work along is that of the channels. */
const AXIS_OF = new Set(["BatchNormalization", "Concatenate", "Softmax"]);

/** Each pixel is computed from the same pixel of the inputs. */
export const pointwise: AxisRule = { scale: [1, 1], size: (input) => input, needs: (output) => output };

/** A window of `extent` pixels that moves by `stride`. */
function windowed(extent: number, stride: number, padding: string): AxisRule {
  const same = padding === "same";
  const before = same ? Math.floor(Math.max(extent - stride, 0) / 2) : 0;
  return {
    scale: [1, stride],
    size(input) {
      if (same) return input % stride === 0 ? input / stride : undefined;
      return input >= extent && (input - extent) % stride === 0 ? (input - extent) / stride + 1 : undefined;
    },
    needs: ({ first, last }) => ({
      first: first * stride - before,
      last: last * stride - before + extent - 1,
    }),
  };
}

/** Each input pixel is spread over `extent` output pixels, `stride` apart. */
function transposed(extent: number, stride: number, padding: string): AxisRule {
  const overlap = Math.max(extent - stride, 0);
  const before = padding === "same" ? Math.floor(overlap / 2) : 0;
  return {
    scale: [stride, 1],
    size: (input) => input * stride + (padding === "same" ? 0 : overlap),
    needs: ({ first, last }) => ({
      first: Math.ceil((first + before - extent + 1) / stride),
      last: Math.floor((last + before) / stride),
    }),
  };
}

/** TensorFlow.js interpolates from the pixel itself on to the next; the last has none and is repeated. */
function upsampled(factor: number, interpolation: string): AxisRule {
  const bilinear = interpolation === "bilinear";
  return {
    scale: [factor, 1],
    size: (input) => input * factor,
    needs: ({ first, last }) => ({
      first: Math.floor(first / factor),
      last: bilinear ? Math.ceil(last / factor) : Math.floor(last / factor),
    }),
  };
}

/** Twice as many pixels, each interpolated between the one that it lies in and the neighbour that it is nearer to. */
export const betweenPixels: AxisRule = {
  scale: [2, 1],
  size: (input) => 2 * input,
  needs: ({ first, last }) => ({ first: Math.floor((first - 1) / 2), last: Math.floor((last + 1) / 2) }),
};

/** Pixels taken from the sides, or where negative, zeros put there. */
function trimmed(before: number, after: number): AxisRule {
  return {
    scale: [1, 1],
    size: (input) => (input > before + after ? input - before - after : undefined),
    needs: ({ first, last }) => ({ first: first + before, last: last + before }),
  };
}

function pair(value: unknown, axis: 0 | 1): number {
  return typeof value === "number" ? value : (value as number[])[axis];
}

/** Padding as one number, one an axis, or one a side. */
function sidesOf(padding: unknown, axis: 0 | 1): [number, number] {
  const along = typeof padding === "number" ? padding : (padding as Array<number | [number, number]>)[axis];
  return typeof along === "number" ? [along, along] : along;
}
