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
  /** Sides of the output by sides of the input: pooling 1/2, up-convolution 2, others 1. */
  scale: number;
  /** Whether pixels outside the map are made up (zero padding). */
  pads: boolean;
  /** The output's size; undefined where the input's does not fit. */
  size(input: number): number | undefined;
  /** The pixels of the input that pixels of the output are computed from. */
  needs(output: Span): Span;
}

/**
 * The rule of a layer along height (`axis` 0) or width (1).
 *
 * @throws RangeError that names the layer if its output depends on the whole input, or it is not known
 */
export function axisRule(layer: LayerLike, axis: 0 | 1): AxisRule {
  const kind = layer.getClassName();
  const config = layer.getConfig();
  if (POINTWISE.has(kind)) return pointwise;
  switch (kind) {
    case "Conv2D":
    case "DepthwiseConv2D":
    case "SeparableConv2D":
      return windowed(
        (pair(config.kernelSize, axis) - 1) * pair(config.dilationRate ?? 1, axis) + 1,
        pair(config.strides, axis),
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
    case "Cropping2D": {
      const [before, after] = (config.cropping as number[][])[axis];
      return cropped(before, after);
    }
    default:
      throw new RangeError(
        `modelGeometry: the layer "${layer.name}" is a ${kind}, whose output may depend on the whole image, so tiles can't reproduce it`,
      );
  }
}

/** Layers that compute each pixel from the same pixel of their inputs. */
const POINTWISE = new Set([
  ...["InputLayer", "Concatenate", "Add", "Average", "Maximum", "Minimum", "Multiply"],
  ...["BatchNormalization", "Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "Softmax"],
  ...["Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"],
]);

const pointwise: AxisRule = { scale: 1, pads: false, size: (input) => input, needs: (output) => output };

/** A window of `extent` pixels that moves by `stride`. */
function windowed(extent: number, stride: number, padding: string): AxisRule {
  const same = padding === "same";
  const before = same ? Math.floor(Math.max(extent - stride, 0) / 2) : 0;
  return {
    scale: 1 / stride,
    pads: same && extent > stride,
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
    scale: stride,
    pads: overlap > 0,
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
    scale: factor,
    pads: bilinear,
    size: (input) => input * factor,
    needs: ({ first, last }) => ({
      first: Math.floor(first / factor),
      last: bilinear ? Math.ceil(last / factor) : Math.floor(last / factor),
    }),
  };
}

function cropped(before: number, after: number): AxisRule {
  return {
    scale: 1,
    pads: false,
    size: (input) => (input > before + after ? input - before - after : undefined),
    needs: ({ first, last }) => ({ first: first + before, last: last + before }),
  };
}

function pair(value: unknown, axis: 0 | 1): number {
  return typeof value === "number" ? value : (value as number[])[axis];
}
