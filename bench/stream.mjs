import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { train } from "@unet/training";

export const title =
  "Time of a training step spent waiting for its tile, at the demo's setting (wasm backend); the ratio is the share";

const steps = 100;

/** One tile of 188² a step from 16 images of 256², which are prepared on the way: their weight maps count too. */
export async function* measure() {
  await useBackend({ prefer: ["wasm"] });
  for (const workers of [0, 1, 2]) {
    const { waited, step } = await trainWith(workers);
    const where = workers === 0 ? "on the same thread" : `${workers} worker${workers > 1 ? "s" : ""}`;
    yield {
      case: `tiles made ${workers === 0 ? where : `by ${where}`}`,
      unit: "ms",
      ours: waited,
      peers: { "whole step": step },
      ratio: waited / step,
      runs: steps,
    };
  }
}

/** Mean milliseconds a step. */
async function trainWith(workers) {
  const model = createUNet({ filters: 8, depth: 3, dropout: 0.2, seed: 2015 });
  let waited = 0;
  let step = 0;
  await train({
    model,
    samples: syntheticCells({ count: 16, seed: 2015 }),
    config: { steps, tileSize: 188, learningRate: 0.02, momentum: 0.9 },
    seed: 2015,
    workers,
    onEvent(event) {
      if (event.type !== "step") return;
      waited += (1000 * event.waitedSeconds) / steps;
      step += (1000 * event.seconds) / steps;
    },
  });
  model.dispose();
  return { waited, step };
}
