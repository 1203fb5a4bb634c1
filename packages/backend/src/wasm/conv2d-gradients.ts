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
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth } = info;
  const [inputs, outputs] = [filterShape[2], filterShape[3]];
  const padded = padImage(x, info.padInfo);
  const width = padded.shape[2];
  const rows = (outHeight - 1) * strideHeight + filterHeight;
  const columns = (outWidth - 1) * strideWidth + 1;
  const gradients = tf.unstack(dy).map((gradient, sample) => {
    // A row of dy is one tap, its pixels are channels: [outHeight, 1, outWidth, outputs].
    const taps = tf.reshape(gradient, [outHeight, 1, outWidth, outputs]);
    const image = tf.reshape(tf.slice(padded, [sample, 0, 0, 0], [1, rows, width, inputs]), [
      rows,
      width,
      inputs,
    ]);
    const channelsUp = tf.transpose(image, [0, 2, 1]);
    const byColumn = Array.from({ length: filterWidth }, (_, b) => {
      const shifted = tf.slice(channelsUp, [0, 0, b], [rows, inputs, columns]);
      const seen =
        strideWidth === 1
          ? shifted
          : tf.stridedSlice(shifted, [0, 0, 0], [rows, inputs, columns], [1, 1, strideWidth]);
      const plane = tf.reshape(seen, [1, rows, inputs, outWidth]) as tf.Tensor4D;
      // [1, filterHeight, inputs, outputs]
      return tf.conv2d(plane, taps as tf.Tensor4D, 1, "valid", "NHWC", [strideHeight, 1]);
    });
    return tf.transpose(tf.concat(byColumn, 0), [1, 0, 2, 3]) as tf.Tensor4D;
  });
  return gradients.length === 1 ? gradients[0] : (tf.addN(gradients) as tf.Tensor4D);
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
