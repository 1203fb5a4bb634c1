import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { train } from "@unet/training";
import { expect, test } from "vitest";

test.each(["webgpu", "simd", "webgl", "wasm", "cpu"] as const)(
  "%s: two runs are the same to the bit",
  async (name) => {
    expect((await useBackend({ prefer: [name] })).name).toBe(name);
    const run = async () => {
      const model = createUNet({ filters: 2, depth: 2, seed: 1 });
      const samples = syntheticCells({ count: 2, width: 64, height: 64, seed: 1 });
      const config = { steps: 8, tileSize: 60, learningRate: 0.01, momentum: 0.9 };
      const { history } = await train({ model, samples, config, seed: 3 });
      const weights = await Promise.all(model.getWeights().map((weight) => weight.data()));
      model.dispose();
      return { history, weights: weights.map((values) => Array.from(values)) };
    };
    const first = await run();
    expect(first.history).toHaveLength(8);
    expect(await run()).toEqual(first);
  },
);
