import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const title =
  "Zarr to Zarr by the demo's network (depth 3, 8 filters), 256 MiB for the computation, each size in a process of its own";

/** Sides of the images, px, and how many runs of each: the median counts. UNET_BENCH_SIZES names others. */
const sizes = (process.env.UNET_BENCH_SIZES ?? "2048 8192 16384").split(" ").map(Number);

export async function* measure() {
  const folder = await mkdtemp(join(tmpdir(), "unet-inference-"));
  try {
    const measured = [];
    for (const size of sizes) measured.push(await runInChild(size, folder));
    const [smallest] = measured;
    for (const { size, peak, perPixel, ownShare } of measured) {
      const peers = (value) => ({ [`${smallest.size}²`]: value });
      const row = (what, unit, ours, peer) => {
        const ratio = ours / peer;
        return { case: `${size}²: ${what}`, unit, ours, peers: peers(peer), ratio, runs: 1 };
      };
      yield row("peak of resident memory", "MB", peak, smallest.peak);
      yield row("time a pixel", "ns", perPixel, smallest.perPixel);
      yield row("share of time outside the network", "%", ownShare, smallest.ownShare);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @returns {Promise<{ size: number, peak: number, perPixel: number, ownShare: number }>} */
function runInChild(size, folder) {
  const program = fileURLToPath(new URL("inference-run.mjs", import.meta.url));
  const child = fork(program, [String(size), folder]);
  return new Promise((resolve, reject) => {
    child.on("message", resolve);
    child.on("exit", (code) => code && reject(new Error(`${size}²: the process ended with ${code}`)));
  });
}
