import * as ort from "onnxruntime-web";
import { type TensorValues, transpose } from "../src/weights/transpose.js";

interface Tensor {
  shape: readonly number[];
  values: Float32Array;
}

/** `[batch, height, width, channels]` as `[batch, channels, height, width]`. */
export function nchw(tensor: Tensor): TensorValues {
  return transpose(tensor, [0, 3, 1, 2]);
}

/** `[batch, channels, height, width]` as `[batch, height, width, channels]`. */
export function nhwc(tensor: Tensor): TensorValues {
  return transpose(tensor, [0, 2, 3, 1]);
}

/** What ONNX Runtime computes of an image, `[batch, channels, height, width]`. */
export async function runOnnx(bytes: Uint8Array, image: Tensor, output: string): Promise<TensorValues> {
  const session = await ort.InferenceSession.create(bytes);
  try {
    const result = await session.run({ image: new ort.Tensor("float32", image.values, [...image.shape]) });
    return { shape: result[output].dims, values: (await result[output].getData()) as Float32Array };
  } finally {
    await session.release();
  }
}
