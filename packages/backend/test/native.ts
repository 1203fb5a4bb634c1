import * as tf from "@tensorflow/tfjs-core";
import { probeBackends, useBackend } from "@unet/backend";
import { expect, test } from "vitest";
import {
  describeNetwork,
  expectAgreement,
  expectHandMadeConvolution,
  smallNetworks,
} from "./small-networks.js";

/** Whether a native package is built. */
export async function nativeAvailable(name: "tensorflow" | "tensorflow-gpu"): Promise<boolean> {
  const probe = (await probeBackends()).find((other) => other.name === name);
  return probe?.available === true;
}

/** The tests of a native package, which needs a process, and so a test file, of its own. */
export function testNative(name: "tensorflow" | "tensorflow-gpu", needs: string, available: boolean): void {
  const suffix = available ? "" : ` (${needs})`;

  test.skipIf(!available)(`starts and computes quietly${suffix}`, async () => {
    const info = await useBackend({ prefer: [name] });
    expect(info).toMatchObject({ name, skipped: [] });
    expect(info.device).toMatch(/^(CPU|GPU), TensorFlow 2\.\d+\.\d+$/);
    const standsIn = name === "tensorflow-gpu" && info.device?.startsWith("CPU");
    expect(info.notes).toEqual(standsIn ? ["the GPU build found no GPU and computes on the CPU"] : undefined);
    await expectHandMadeConvolution();
  });

  test.skipIf(!available).each(smallNetworks.map((network) => [describeNetwork(network), network] as const))(
    `loss and gradients agree with plain JavaScript: %s${suffix}`,
    async (_, network) => {
      await useBackend({ prefer: ["cpu"] });
      await useBackend({ prefer: [name] });
      await expectAgreement("tensorflow", network, 1e-5);
    },
  );

  test.skipIf(!available)(`the gradient of the rectifier, also the second${suffix}`, async () => {
    await useBackend({ prefer: [name] });
    const before = tf.memory().numTensors;
    const numbers = tf.tidy(() => {
      const x = tf.tensor1d([-1, 0, 2, 3]);
      const slopes = tf.grad((v) => tf.sum(tf.mul(tf.relu(v), [5, 6, 7, 8])))(x);
      const cubes = tf.grad((v) => tf.sum(tf.grad((u) => tf.sum(tf.pow(tf.relu(u), 3)))(v)))(x);
      return [Array.from(slopes.dataSync()), Array.from(cubes.dataSync())];
    });
    expect(numbers).toEqual([
      [0, 0, 7, 8],
      [0, 0, 12, 18],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.skipIf(!available)(`refuses the other native package in the same process${suffix}`, async () => {
    await useBackend({ prefer: [name] });
    const other = name === "tensorflow" ? "tensorflow-gpu" : "tensorflow";
    await expect(useBackend({ prefer: [other] })).rejects.toThrow("only one can be");
    await expectHandMadeConvolution();
  });
}
