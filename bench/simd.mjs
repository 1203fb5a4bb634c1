import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { measureInTurns } from "./measure.mjs";
import { startPython } from "./python.mjs";

export const title =
  "@unet/backend-simd beside its peers, batch 1, each in a process of its own: forward pass, training step (loss, all gradients, update)";

/** Others are measured where they are installed. */
const peers = ["onnxruntime", "tensorflow", "wasm"];
/** Threads; UNET_BENCH_THREADS names others. wasm has one in Node, always. */
const threads = (process.env.UNET_BENCH_THREADS ?? "1 2").split(" ").map(Number);
/** Seconds that the runs of one row take together, about. */
const seconds = Number(process.env.UNET_BENCH_SECONDS ?? 20);

/**
 * `recipe`: padded, batch normalisation, AdamW; else the paper's network, momentum. `padded`: the time of a pixel, of a
 * network that does as much for each pixel of a small image as for one of a large image.
 */
const cases = [
  { filters: 16, size: 572 },
  { filters: 64, size: 252 },
  { filters: 16, size: 572, step: true },
  { filters: 64, size: 252, step: true },
  { filters: 16, size: 256, step: true, recipe: true },
  ...[192, 384, 768, 1536].map((size) => ({ filters: 16, size, padded: true })),
];

export async function* measure() {
  for (const given of cases) {
    for (const count of threads) yield await row(given, count);
  }
}

async function row(given, count) {
  const started = { simd: await startNode("simd", given, count) };
  if (!started.simd) throw new Error("simd doesn't start");
  for (const peer of peers) {
    const trains = peer !== "onnxruntime";
    const hasThreads = peer !== "wasm";
    const takesPart = (trains || !(given.step || given.padded)) && (hasThreads || count === 1);
    started[peer] = takesPart ? await startNode(peer, given, count) : undefined;
  }
  const python = given.recipe || given.padded ? undefined : await startPython("unet.py", "torch numpy");
  if (python) {
    started.pytorch = {
      time: () => python.time(given.step ? "step" : "forward", given.filters, given.size, count),
      stop: python.stop,
    };
  }
  assertSame(started.simd.sample, started.onnxruntime?.sample);
  const tasks = Object.entries(started).flatMap(([name, peer]) => (peer ? [[name, peer.time]] : []));
  try {
    const { medians, runs } = await measureInTurns(Object.fromEntries(tasks), { seconds, least: 3 });
    const [unit, by] = given.padded ? ["µs/px", 1000 / given.size ** 2] : ["ms", 1];
    const { simd: ours, ...others } = Object.fromEntries(
      Object.entries(medians).map(([name, milliseconds]) => [name, milliseconds * by]),
    );
    return { case: label(given, count), unit, ours, peers: others, runs };
  } finally {
    for (const peer of Object.values(started)) peer?.stop();
  }
}

function label({ filters, size, step, recipe, padded }, count) {
  const what = step ? (recipe ? "step, recipe" : "step") : padded ? "padded" : "forward";
  return `${what}, ${filters} filters, ${size}², ${count} thread${count > 1 ? "s" : ""}`;
}

/** A process that runs one case on one backend; nothing where it isn't installed, which is said. */
async function startNode(backend, given, count) {
  const program = fileURLToPath(new URL("simd-run.mjs", import.meta.url));
  const many = String(count);
  const child = fork(program, [JSON.stringify({ backend, threads: count, ...given })], {
    env: {
      ...process.env,
      OMP_NUM_THREADS: many,
      TF_NUM_INTRAOP_THREADS: many,
      TF_NUM_INTEROP_THREADS: many,
    },
  });
  const ended = new Promise((resolve) => {
    child.once("exit", () => resolve({ missing: `${backend}: its process has ended` }));
  });
  const answer = () => Promise.race([ended, new Promise((resolve) => child.once("message", resolve))]);
  const { missing, sample } = await answer();
  if (missing) {
    console.log(missing);
    child.kill();
    return undefined;
  }
  return {
    sample,
    async time() {
      child.send("run");
      const { milliseconds, missing } = await answer();
      if (missing) throw new Error(missing);
      return milliseconds;
    },
    stop: () => child.kill(),
  };
}

/** Both have the same weights and input, so what they measure must be the same. */
function assertSame(ours, theirs) {
  if (!theirs) return;
  const largest = Math.max(...ours.map(Math.abs));
  const isFar = ours.some((value, i) => !(Math.abs(value - theirs[i]) <= 1e-3 * largest));
  if (isFar) throw new Error(`simd gives ${ours.slice(0, 4)} where onnxruntime gives ${theirs.slice(0, 4)}`);
}
