import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syntheticMembranes } from "@unet/datasets";
import { vInfo, vRand, warpingError } from "@unet/metrics";
import { measureInTurns } from "./measure.mjs";
import { startPython } from "./python.mjs";

export const title =
  "The measures of ISBI 2012 of synthetic membranes of 512², a smoothed image taken for the prediction;\n" +
  "9 thresholds, one thread. Nobody else thins borders or warps: the peer scores components as they are.";

const size = 512;
const count = 30;

export async function* measure() {
  const { predictions, truths } = await slices();
  const both = (options) => {
    vRand(predictions, truths, options);
    vInfo(predictions, truths, options);
  };
  const seconds = (task) => async () => {
    const start = performance.now();
    const own = await task();
    return (own ?? performance.now() - start) / 1000;
  };
  const few = { seconds: 0, least: 3 };
  const folder = mkdtempSync(join(tmpdir(), "unet-bench-"));
  const python = await startPython("metrics.py", "numpy scipy scikit-image");
  try {
    const path = join(folder, "slices");
    const bytes = [...predictions, ...truths].map(({ data }) => Uint8Array.from(data));
    writeFileSync(path, Buffer.concat(bytes));
    const { medians, runs } = await measureInTurns(
      {
        ours: seconds(() => both({ thin: false })),
        ...(python && { skimage: seconds(() => python.time("skimage", path, count, size, size)) }),
      },
      few,
    );
    const { ours, ...peers } = medians;
    yield { case: `${count} slices, as they are`, unit: "s", ours, peers, runs };
  } finally {
    python?.stop();
    rmSync(folder, { recursive: true });
  }
  const alone = async (task) => {
    const { medians, runs } = await measureInTurns({ ours: seconds(task) }, few);
    return { unit: "s", ours: medians.ours, peers: {}, runs };
  };
  yield { case: `V^Rand, V^Info of ${count} slices`, ...(await alone(() => both())) };
  yield {
    case: "warping error of 1 slice",
    ...(await alone(() => void warpingError(predictions[0], truths[0]))),
  };
}

async function slices() {
  const dataset = syntheticMembranes({ count, width: size, height: size, seed: 1 });
  const [predictions, truths] = [[], []];
  for (let i = 0; i < count; i++) {
    const { image, labels } = await dataset.get(i);
    predictions.push(stretched(smoothed(smoothed(Float32Array.from(image.data)))));
    truths.push(labels);
  }
  return { predictions, truths };
}

/** The mean of each pixel and the 24 around it. */
function smoothed(data) {
  const out = new Float32Array(data.length);
  for (let y = 2; y < size - 2; y++) {
    for (let x = 2; x < size - 2; x++) {
      let sum = 0;
      for (let v = y - 2; v <= y + 2; v++) for (let u = x - 2; u <= x + 2; u++) sum += data[v * size + u];
      out[y * size + x] = sum / 25;
    }
  }
  return out;
}

/** Grey values over 0 … 255. */
function stretched(data) {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const value of data) {
    if (value > 0) least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const grey = Uint8Array.from(data, (value) => Math.max(0, (255 * (value - least)) / (most - least)));
  return { width: size, height: size, channels: 1, data: grey };
}
