import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { train } from "@unet/training";

export const title =
  "Time of a training step spent waiting for its tile, at the demo's setting on wasm; the ratio is the share";

const images = 16;
const steps = 100;

/** One tile of 188² a step from 16 images of 256²; the steps of the first epoch draw and prepare the images too. */
export async function* measure() {
  await useBackend({ prefer: ["wasm"] });
  for (const workers of [0, 1, 2]) {
    const events = await stepsWith(workers);
    yield row(workers, "first epoch", events.slice(0, images));
    yield row(workers, "later", events.slice(images));
  }
}

async function stepsWith(workers) {
  const model = createUNet({ filters: 8, depth: 3, dropout: 0.2, seed: 2015 });
  const events = [];
  await train({
    model,
    samples: syntheticCells({ count: images, seed: 2015 }),
    config: { steps, tileSize: 188, learningRate: 0.02, momentum: 0.9 },
    seed: 2015,
    workers,
    onEvent: (event) => event.type === "step" && events.push(event),
  });
  model.dispose();
  return events;
}

/** Means over some steps, which add up where medians don't. */
function row(workers, when, events) {
  const mean = (name) => events.reduce((sum, event) => sum + 1000 * event[name], 0) / events.length;
  const waited = mean("waitedSeconds");
  const step = mean("seconds");
  const threads = workers === 0 ? "no worker" : workers === 1 ? "1 worker" : `${workers} workers`;
  const ratio = waited / step;
  return {
    case: `${threads}, ${when}`,
    unit: "ms",
    ours: waited,
    peers: { "whole step": step },
    ratio,
    runs: events.length,
  };
}
