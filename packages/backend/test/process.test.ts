import { type BackendName, probeBackends } from "@unet/backend";
import { describe, expect, test } from "vitest";
import { runProgram } from "./program.js";

const probes = await probeBackends();

/** Computes, collects garbage, and ends where nothing keeps it. */
const program = `
  import * as tf from "@tensorflow/tfjs-core";
  import { useBackend } from "@unet/backend";
  const { name } = await useBackend({ prefer: [process.env.WANTED] });
  for (let i = 0; i < 3; i++) {
    const product = tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.fill([3, 1], 4)));
    globalThis.gc();
    console.log(name, (await product.data()).join(" "), tf.memory().numTensors);
    product.dispose();
  }
`;

const needs: Partial<Record<BackendName, string>> = {
  webgpu: " (needs a Vulkan driver: VK_ICD_FILENAMES)",
  tensorflow: " (needs native TensorFlow: pnpm native:tensorflow)",
  "tensorflow-gpu": " (needs native TensorFlow: pnpm native:tensorflow --gpu)",
};

describe("a process computes, prints nothing of its own accord, and ends by itself", () => {
  for (const name of ["cpu", "simd", "wasm", "webgpu", "tensorflow", "tensorflow-gpu"] as const) {
    const available = probes.some((probe) => probe.name === name && probe.available);
    test.skipIf(!available)(`${name}${available ? "" : needs[name]}`, async () => {
      expect(await runProgram(program, { WANTED: name })).toEqual({
        status: 0,
        stdout: `${name} 12 12 1\n`.repeat(3),
        stderr: "",
      });
    });
  }
});

test("stand-ins are passed over by default, and one native package leaves room for the other", async () => {
  const { status, stdout, stderr } = await runProgram(`
    import { useBackend } from "@unet/backend";
    console.log(JSON.stringify(await useBackend()));
  `);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { name, skipped } = JSON.parse(stdout);
  const usable = (probe: (typeof probes)[number]) => probe.available && !probe.notes;
  expect(name).toBe(probes.find(usable)?.name);
  expect(skipped).toEqual(
    probes.slice(0, probes.findIndex(usable)).map(({ name, device, notes, reason }) => ({
      name,
      reason: reason ?? (name === "webgpu" ? `${notes?.[0]} (${device})` : notes?.[0]),
    })),
  );
});
