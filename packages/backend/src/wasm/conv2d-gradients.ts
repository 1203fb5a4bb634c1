import * as tf from "@tensorflow/tfjs-core";

/**
 * Gives the `wasm` backend the gradients of convolutions, in terms of its own forward kernels, so that all
 * is computed in the WebAssembly heap:
 *
 * - `Conv2DBackpropFilter`, which it lacks. The gradient of tap (a, b), Σ x[sy + a, sx + b, ci] · dy[y, x, co],
 *   is itself a convolution of `x` with `dy`: down the columns, with one row of `dy` as the channels of each tap.
 * - `Conv2DBackpropInput`, which it has as a plain loop. With stride 1 it is the convolution of `dy` with the
 *   turned filter; where stride and filter are of one size it is a matrix product.
 *
 * Does nothing the second time.
 */
export function registerConv2DGradients(): void {
  if (tf.getKernel("Conv2DBackpropFilter", "wasm")) return;
  tf.registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const { x, dy } = inputs as unknown as { x: tf.Tensor4D; dy: tf.Tensor4D };
      return keep(() => filterGradient(x, dy, attrs as unknown as FilterGradientAttributes));
    },
  });
  const loop = tf.getKernel("Conv2DBackpropInput", "wasm");
  tf.unregisterKernel("Conv2DBackpropInput", "wasm");
  tf.registerKernel({
    ...loop,
    kernelFunc: (args) => {
      const { dy, filter } = args.inputs as unknown as { dy: tf.Tensor4D; filter: tf.Tensor4D };
      const attributes = args.attrs as unknown as InputGradientAttributes;
      return isUsual(filter.shape, attributes)
        ? keep(() => inputGradient(dy, filter, attributes))
        : loop.kernelFunc(args);
    },
  });
}

interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

interface FilterGradientAttributes extends ConvolutionAttributes {
  filterShape: [number, number, number, number];
}

interface InputGradientAttributes extends ConvolutionAttributes {
  inputShape: [number, number, number, number];
}

/** `x` [batch, height, width, ci] and `dy` [batch, h, w, co] → [filter height, filter width, ci, co] */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: FilterGradientAttributes): tf.Tensor4D {
  const { filterShape, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { batchSize, filterHeight, outHeight, outWidth, outChannels } = info;
  const padded = padImage(x, info.padInfo);
  const gradients = Array.from({ length: batchSize }, (_, sample) => {
    const taps = tf.reshape(imageOf(dy, sample), [outHeight, 1, outWidth, outChannels]) as tf.Tensor4D;
    const image = imageOf(padded, sample);
    if (isTiling(info, image)) return tf.conv2d(tilePlane(image, info), taps, 1, "valid");
    return tf.conv2d(columnPlane(image, info), taps, 1, "valid", "NHWC", [info.strideHeight, 1]);
  });
  const gradient = gradients.length === 1 ? gradients[0] : (tf.addN(gradients) as tf.Tensor4D);
  // Rows of the image that the stride leaves over are positions too.
  const [, positions, , channels] = gradient.shape;
  const whole = positions * gradient.shape[2] * channels === tf.util.sizeFromShape(filterShape);
  return tf.reshape(
    whole ? gradient : tf.slice(gradient, [0, 0, 0, 0], [1, filterHeight, -1, -1]),
    filterShape,
  );
}

/** `tf.slice` copies all of its input, so not where there is one image only. */
function imageOf(batch: tf.Tensor4D, sample: number): tf.Tensor4D {
  return batch.shape[0] === 1 ? batch : tf.slice(batch, [sample, 0, 0, 0], [1, -1, -1, -1]);
}

/**
 * Rows of one position per column b of the filter and input channel, with the pixels that b sees as
 * channels: [1, rows, filterWidth · ci, outWidth].
 */
function columnPlane(image: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const [, rows, width, inputs] = image.shape;
  const { filterWidth, strideWidth, outWidth } = info;
  const channelsUp = tf.transpose(tf.reshape(image, [rows, width, inputs]), [0, 2, 1]) as tf.Tensor3D;
  const size: [number, number, number, number] = [1, rows, filterWidth * inputs, outWidth];
  if (strideWidth === 1) {
    return outWidth === width ? tf.reshape(channelsUp, size) : shiftedRows(channelsUp, filterWidth, size);
  }
  const span = (outWidth - 1) * strideWidth + 1;
  const columns = Array.from({ length: filterWidth }, (_, b) =>
    tf.stridedSlice(channelsUp, [0, 0, b], [rows, inputs, b + span], [1, 1, strideWidth]),
  );
  return tf.reshape(tf.concat(columns, 1), size);
}

/** The part of the backend that hands out its heap. */
interface Heap extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: "float32"): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/**
 * `image` [rows, ci, width] → [1, rows, shifts · ci, outWidth], where shift b starts at pixel b. Copies within
 * the heap: `tf.slice` copies all of its input out of it first, and `tf.concat` everything once more.
 */
function shiftedRows(
  image: tf.Tensor3D,
  shifts: number,
  size: [number, number, number, number],
): tf.Tensor4D {
  const heap = tf.backend() as Heap;
  const output = tf.engine().makeTensorFromTensorInfo(heap.makeOutput(size, "float32"), heap) as tf.Tensor4D;
  const from = heap.typedArrayFromHeap(image);
  const floats = new Float32Array(from.buffer);
  const [rows, inputs, width] = image.shape;
  const outWidth = size[3];
  let target = heap.typedArrayFromHeap(output).byteOffset / 4;
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < shifts; b++) {
      let start = from.byteOffset / 4 + row * inputs * width + b;
      for (let channel = 0; channel < inputs; channel++) {
        floats.copyWithin(target, start, start + outWidth);
        target += outWidth;
        start += width;
      }
    }
  }
  return output;
}

/** Whether every pixel is under one weight of one position of the filter. */
function isTiling(info: tf.backend_util.Conv2DInfo, image: tf.Tensor4D): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth } = info;
  return (
    filterHeight === strideHeight &&
    filterWidth === strideWidth &&
    image.shape[1] === outHeight * filterHeight &&
    image.shape[2] === outWidth * filterWidth
  );
}

/** Then one position per weight is enough: [1, outHeight, filterHeight · filterWidth · ci, outWidth]. */
function tilePlane(image: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { filterHeight, filterWidth, outHeight, outWidth, inChannels } = info;
  const tiles = tf.reshape(image, [outHeight * filterHeight, outWidth, filterWidth * inChannels]);
  const weights = filterHeight * filterWidth * inChannels;
  return tf.reshape(tf.transpose(tiles, [0, 2, 1]), [1, outHeight, weights, outWidth]);
}

/** `dy` [batch, h, w, co] and the filter → [batch, height, width, ci]. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { inputShape, strides, pad, dimRoundingMode }: InputGradientAttributes,
): tf.Tensor4D {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode);
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const [batch, height, width, inputs] = inputShape;
  if (strideHeight === 1 && strideWidth === 1) {
    const top = filterHeight - 1 - padInfo.top;
    const left = filterWidth - 1 - padInfo.left;
    const bottom = height + filterHeight - 1 - info.outHeight - top;
    const right = width + filterWidth - 1 - info.outWidth - left;
    const padded = tf.pad(dy, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
    return tf.conv2d(padded, turned, 1, "valid");
  }
  // Each pixel of dy makes a patch of its own: [pixels, co] · [co, filterHeight · filterWidth · ci].
  const outputs = filter.shape[3];
  const pixels = tf.reshape(dy, [batch * info.outHeight * info.outWidth, outputs]);
  const patches = tf.matMul(
    pixels,
    tf.transpose(tf.reshape(filter, [filterHeight * filterWidth * inputs, outputs])),
  );
  const grid = tf.reshape(patches, [
    batch * info.outHeight,
    info.outWidth,
    filterHeight,
    filterWidth * inputs,
  ]);
  return tf.reshape(tf.transpose(grid, [0, 2, 1, 3]), inputShape);
}

/** Whether a convolution is of stride 1, or of a filter that tiles the image, as all in a U-Net are. */
function isUsual(
  filterShape: number[],
  { inputShape, strides, pad, dimRoundingMode }: InputGradientAttributes,
): boolean {
  const shape = filterShape as [number, number, number, number];
  const info = tf.backend_util.computeConv2DInfo(inputShape, shape, strides, 1, pad, dimRoundingMode);
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  if (strideHeight === 1 && strideWidth === 1)
    return padInfo.top < filterHeight && padInfo.left < filterWidth;
  const tiles = strideHeight === filterHeight && strideWidth === filterWidth;
  const exact =
    info.outHeight * strideHeight === inputShape[1] && info.outWidth * strideWidth === inputShape[2];
  return tiles && exact && padInfo.top === 0 && padInfo.left === 0;
}

/** What `compute` makes; a kernel may return a tensor, and the tensors in between are freed. */
function keep(compute: () => tf.Tensor4D): tf.TensorInfo {
  return tf.tidy(compute);
}

function padImage(x: tf.Tensor4D, { top, bottom, left, right }: tf.backend_util.PadInfo): tf.Tensor4D {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}
