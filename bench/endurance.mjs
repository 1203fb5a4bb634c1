import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { train } from "@unet/training";

export const title =
  "10,000 steps of a tiny network: tensors and resident memory at the end beside those after a tenth of the steps";

export const options = {
  backend: { type: "string", default: "wasm" },
  steps: { type: "string", default: "10000" },
  /** With a worker glibc's arenas grow by some MB now and then; not with MALLOC_ARENA_MAX=1. */
  workers: { type: "string", default: "0" },
};

export async function* measure({ backend, steps, workers }) {
  await useBackend({ prefer: [backend] });
  const model = createUNet({ filters: 2, depth: 1, seed: 1 });
  const [tensors, memory] = [[], []];
  const total = Number(steps);
  await train({
    model,
    samples: syntheticCells({ count: 4, width: 64, height: 64, seed: 1 }),
    validation: syntheticCells({ count: 1, width: 64, height: 64, seed: 2 }),
    config: { steps: total, tileSize: 48, learningRate: 0.01, momentum: 0.9, validateEvery: total / 20 },
    workers: Number(workers),
    onEvent(event) {
      if (event.type !== "step") return;
      tensors.push(tf.memory().numTensors);
      if (event.step % 100 === 0) memory.push(process.memoryUsage.rss() / 2 ** 20);
    },
  });
  model.dispose();
  const tenth = Math.floor(total / 10);
  const most = (values, from, to) =>
    values.slice(from, to).reduce((largest, value) => Math.max(largest, value));
  yield {
    ...{ case: `${backend}: tensors, last tenth`, unit: "", ours: most(tensors, -tenth) },
    ...{ peers: { "first tenth": most(tensors, 0, tenth) }, runs: total },
  };
  const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const [early, late] = [middle(memory.slice(tenth / 100, tenth / 50)), middle(memory.slice(-tenth / 100))];
  yield {
    case: `${backend}: resident memory, last tenth`,
    unit: "MB",
    ours: late,
    peers: { "second tenth": early },
    runs: total,
  };
}
