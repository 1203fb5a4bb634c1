import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { beforeAll, expect, test } from "vitest";
import {
  describeNetwork,
  difference,
  expectAgreement,
  expectHandMadeConvolution,
  smallNetworks,
} from "./small-networks.js";

beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
  const { name } = await useBackend({ prefer: ["wasm"] });
  expect(name).toBe("wasm");
});

test("a convolution and its gradients, checked by hand", expectHandMadeConvolution);

test.each(smallNetworks.map((network) => [describeNetwork(network), network] as const))(
  "loss and gradients agree with plain JavaScript: %s",
  (_, network) => expectAgreement("wasm", network, 1e-5),
);

async function on<T>(backend: string, compute: () => T): Promise<T> {
  await tf.setBackend(backend);
  return compute();
}

type Shape = [number, number, number, number];

const cases: Array<[string, Shape, Shape, number, "valid" | "same"]> = [
  ["3 × 3 valid", [1, 17, 23, 3], [3, 3, 3, 5], 1, "valid"],
  ["3 × 3 same", [1, 16, 12, 4], [3, 3, 4, 6], 1, "same"],
  ["3 × 3 of a batch", [3, 9, 11, 2], [3, 3, 2, 4], 1, "valid"],
  ["1 × 1", [2, 8, 9, 5], [1, 1, 5, 2], 1, "valid"],
  ["2 × 2 of stride 2", [2, 12, 18, 3], [2, 2, 3, 4], 2, "valid"],
  ["3 × 3 of stride 2, same", [1, 14, 10, 3], [3, 3, 3, 4], 2, "same"],
  ["3 × 3 of stride 2 with rest", [1, 12, 15, 2], [3, 3, 2, 3], 2, "valid"],
  ["2 × 3 same", [1, 9, 8, 2], [2, 3, 2, 3], 1, "same"],
];

test.each(cases)(
  "gradients of a convolution agree with the cpu backend: %s",
  async (_, image, kernel, stride, pad) => {
    const before = tf.memory().numTensors;
    const values = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
    const gradients = () =>
      tf.tidy(() => {
        const x = values(image, 1) as tf.Tensor4D;
        const filter = values(kernel, 2) as tf.Tensor4D;
        const convolve = (a: tf.Tensor, b: tf.Tensor) =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
        const dy = values(convolve(x, filter).shape, 3);
        const [dx, df] = tf.grads((a, b) => tf.sum(tf.mul(convolve(a, b), dy)))([x, filter]);
        return [dx.dataSync(), df.dataSync()] as Float32Array[];
      });
    const [dx, df] = await on("cpu", gradients);
    const [ourDx, ourDf] = await on("wasm", gradients);
    expect(difference(ourDx, dx)).toBeLessThan(1e-5);
    expect(difference(ourDf, df)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  },
);
