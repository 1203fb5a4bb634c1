import * as tf from "@tensorflow/tfjs-core";
import { type BackendName, defaultOrder, probeBackends, useBackend } from "@unet/backend";
import { describe, expect, test } from "vitest";
import {
  describeNetwork,
  expectAgreement,
  expectHandMadeConvolution,
  smallNetworks,
} from "./small-networks.js";

const devices: Partial<Record<BackendName, RegExp>> = {
  webgpu: /./,
  webgl: /^WebGL [12](, .+)?$/,
  simd: /^WebAssembly relaxed SIMD, 1 thread$/,
  wasm: /^WebAssembly SIMD, \d+ threads?$/,
  cpu: /^plain JavaScript$/,
};

test("the browser's order", () => {
  expect(defaultOrder).toEqual(["webgpu", "simd", "webgl", "wasm", "cpu"]);
});

test("says what can be had, and leaves the current backend", async () => {
  await useBackend({ prefer: ["cpu"] });
  const probes = await probeBackends();
  expect(tf.getBackend()).toBe("cpu");
  expect(probes.map(({ name, available }) => [name, available])).toEqual([
    ["webgpu", true],
    ["simd", true],
    ["webgl", true],
    ["wasm", true],
    ["cpu", true],
    ["tensorflow-gpu", false],
    ["tensorflow", false],
  ]);
  for (const { name, available, device, reason } of probes) {
    if (available) expect(device).toMatch(devices[name] ?? /^$/);
    else expect(reason).toMatch(/^needs Node$/);
  }
});

test("takes the first backend that is more than a stand-in, and says what it skipped", async () => {
  const { name, skipped } = await useBackend();
  const order = [...skipped.map((other) => other.name), name];
  expect(order).toEqual(defaultOrder.slice(0, order.length));
  expect(order.length).toBeGreaterThan(0);
  const standsOnItsOwn = (await probeBackends()).find(({ available, notes }) => available && !notes);
  expect(name).toBe(standsOnItsOwn?.name);
});

describe.each(["cpu", "simd", "wasm", "webgl", "webgpu"] as const)("%s", (name) => {
  test("a convolution and its gradients, checked by hand", async () => {
    await useBackend({ prefer: ["cpu"] });
    const info = await useBackend({ prefer: [name] });
    expect(info).toMatchObject({ name, skipped: [] });
    expect(info.device).toMatch(devices[name] ?? /^$/);
    expect(tf.getBackend()).toBe(name);
    await expectHandMadeConvolution();
  });

  test.each(smallNetworks.map((network) => [describeNetwork(network), network] as const))(
    "loss and gradients agree with plain JavaScript: %s",
    (_, network) => expectAgreement(name, network, name === "webgl" || name === "webgpu" ? 1e-4 : 1e-5),
  );
});
