import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const title =
  "unet train killed (-9) at random moments and resumed: runs whose history and weights are those of a run straight through";

export const options = {
  backends: { type: "string", default: "wasm,tensorflow,cpu" },
  /** Runs of each backend; every second one is killed while it writes a checkpoint. */
  kills: { type: "string", default: "20" },
};

const unet = fileURLToPath(import.meta.resolve("@unet/cli/package.json")).replace(
  "package.json",
  "bin/unet.mjs",
);
/** Settings with every state that a checkpoint holds. */
const settings = Object.entries({
  ...{
    recipe: "paper",
    data: "synthetic-cells:3",
    validation: 2,
    filters: 2,
    depth: 2,
    "tile-size": 60,
    seed: 3,
  },
  ...{ steps: 60, "checkpoint-every": 2, "validate-every": 30 },
  ...{ optimizer: "adamw", "weight-decay": 0.01, schedule: "cosine", average: 0.9 },
}).flatMap(([name, value]) => [`--${name}`, String(value)]);

export async function* measure({ backends, kills }) {
  for (const backend of backends.split(",")) {
    const folder = mkdtempSync(join(tmpdir(), "unet-resume-"));
    try {
      const straight = join(folder, "straight");
      const { seconds } = await unetTrain(backend, ["--out", straight, ...settings]);
      const expected = traceOf(straight);
      let [same, writes] = [0, 0];
      for (let kill = 0; kill < Number(kills); kill++) {
        const out = join(folder, `killed-${kill}`);
        const moment = (0.15 + 0.8 * Math.random()) * seconds;
        const { cut } = await killed(backend, out, { moment, writing: kill % 2 === 1 });
        if (cut) writes++;
        const begun =
          existsSync(join(out, "checkpoints")) && readdirSync(join(out, "checkpoints")).some(isCheckpoint);
        await unetTrain(backend, begun ? ["--resume", out] : ["--out", out, ...settings]);
        if (traceOf(out) === expected) same++;
        rmSync(out, { recursive: true });
      }
      yield {
        case: `${backend}: identical`,
        unit: "",
        ours: same,
        peers: { runs: Number(kills), "killed in a write": writes },
        runs: 1,
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

const isCheckpoint = (name) => /^\d+\.bin$/.test(name);

/** Trains until `moment`, s, or the next write of a checkpoint after it, and kills it; whether a write was cut. */
async function killed(backend, out, { moment, writing }) {
  const checkpoints = join(out, "checkpoints");
  mkdirSync(checkpoints, { recursive: true });
  const { child, ended } = start(backend, ["--out", out, ...settings]);
  let watcher;
  const timer = setTimeout(() => {
    if (!writing) return child.kill("SIGKILL");
    watcher = watch(checkpoints, (_, name) => {
      if (name?.endsWith(".tmp")) child.kill("SIGKILL");
    });
  }, 1000 * moment);
  await ended.catch(() => {});
  clearTimeout(timer);
  watcher?.close();
  return { cut: readdirSync(checkpoints).some((name) => name.endsWith(".tmp")) };
}

async function unetTrain(backend, given) {
  const began = performance.now();
  await start(backend, given).ended;
  return { seconds: (performance.now() - began) / 1000 };
}

/** Starts `unet train` on one thread. */
function start(backend, given) {
  const threads = { TF_NUM_INTRAOP_THREADS: "1", TF_NUM_INTEROP_THREADS: "1" };
  const child = spawn(process.execPath, [unet, "train", "--json", "--backend", backend, ...given], {
    env: { ...process.env, ...threads },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const ended = new Promise((resolve, reject) => {
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(errors || "killed"))));
  });
  return { child, ended };
}

/** What a run leaves that does not tell the time. */
function traceOf(out) {
  return (
    readFileSync(join(out, "history.jsonl"), "utf8") + readFileSync(join(out, "model/weights.bin"), "base64")
  );
}
