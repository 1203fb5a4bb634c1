import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Of which the tiles are 1116² px at all sizes. */
const memory = 700 * 2 ** 20;

export const title =
  "Zarr to Zarr by the demo's network (depth 3, 8 filters), 700 MB for the computation, each size in a process of its own";

/** Sides of the images, px; UNET_BENCH_SIZES names others. */
const sizes = (process.env.UNET_BENCH_SIZES ?? "2048 8192 16384").split(" ").map(Number);

export async function* measure() {
  const folder = await mkdtemp(join(tmpdir(), "unet-inference-"));
  try {
    const measured = [];
    for (const size of sizes) measured.push(await runInChild(size, folder));
    const [smallest] = measured;
    for (const { size, peak, computing, perPixel, ownShare } of measured) {
      const row = (what, unit, ours, bar) => {
        return { case: `${size}²: ${what}`, unit, ours, peers: { bar }, ratio: ours / bar, runs: 1 };
      };
      yield row("peak of resident memory", "MB", peak, 1.1 * smallest.peak);
      yield row("of it since the start", "MB", computing, memory / 2 ** 20);
      yield row("time a pixel", "ns", perPixel, 1.1 * smallest.perPixel);
      yield row("time outside the network", "%", ownShare, 5);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @returns {Promise<{ size: number, peak: number, computing: number, perPixel: number, ownShare: number }>} */
function runInChild(size, folder) {
  const program = fileURLToPath(new URL("inference-run.mjs", import.meta.url));
  const child = fork(program, [String(size), folder, String(memory)]);
  return new Promise((resolve, reject) => {
    child.on("message", resolve);
    child.on("exit", (code) => code && reject(new Error(`${size}²: the process ended with ${code}`)));
  });
}
