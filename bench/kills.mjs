import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const title =
  "unet train, predict and evaluate ended by −9, −15, −1 and −2 at random moments: runs that leave nothing half-written, and whose repetition gives the same bytes";

export const options = {
  backend: { type: "string", default: "wasm" },
  /** Which of them. */
  commands: { type: "string", default: "train,predict,zarr,evaluate" },
  /** Runs of each command and signal. */
  kills: { type: "string", default: "9" },
};

const unet = fileURLToPath(import.meta.resolve("@unet/cli/package.json")).replace(
  "package.json",
  "bin/unet.mjs",
);
/** What a shell says of a program that heeds the signal, or is ended by it before it listens. */
const exitCodes = { SIGKILL: 137, SIGTERM: 143, SIGHUP: 129, SIGINT: 130 };

export async function* measure({ backend, commands: asked, kills }) {
  const folder = mkdtempSync(join(tmpdir(), "unet-kills-"));
  try {
    const model = join(folder, "model");
    const data = join(folder, "cells");
    const tiny = { filters: 2, depth: 1, tile: 48, seed: 3, workers: 0 };
    const settings = flags({ data: "synthetic-cells:3", validation: 2, ...tiny, average: 0.9 });
    await must(["train", ...settings, "--steps", "3", "--out", model, "--backend", backend]);
    await must(["synth", "cells", "--out", data, "--count", "2", "--size", "512x512"]);
    const image = join(data, "images", "cells-0000.png");
    const often = flags({ steps: 40, "checkpoint-every": 3, "validate-every": 10 });
    const commands = [
      {
        name: "train",
        run: (out) => ["train", ...settings, ...often, "--out", join(out, "run")],
        // What is saved goes on; where nothing is yet, the run begins.
        again: (out) => (checkpointsOf(out).length > 0 ? ["train", "--resume", join(out, "run")] : undefined),
        keeps: ["run/history.jsonl", "run/model/weights.bin"],
        // Complete only at the end: the history grows line by line.
        whole: [],
      },
      {
        name: "predict",
        run: (out) =>
          ["predict", model, image, "--out", join(out, "scores.tif")].concat(
            flags({ instances: join(out, "objects.tif"), table: join(out, "table.csv") }),
          ),
        keeps: ["scores.tif", "objects.tif", "table.csv"],
      },
      {
        name: "zarr",
        run: (out) => ["predict", model, image, "--out", join(out, "scores.zarr")],
        keeps: ["scores.zarr"],
      },
      {
        name: "evaluate",
        run: (out) =>
          ["evaluate", model, `folder:${data}`, "--kind", "instances"].concat(
            flags({ csv: join(out, "measures.csv"), picture: join(out, "wrong.png") }),
          ),
        keeps: ["measures.csv", "wrong.png"],
      },
    ];
    for (const { name, run, again, keeps, whole = keeps } of commands) {
      if (!asked.split(",").includes(name)) continue;
      const straight = fresh(folder);
      const began = performance.now();
      await must([...run(straight), "--backend", backend]);
      const duration = performance.now() - began;
      const expected = keeps.map((file) => digest(join(straight, file)));
      const tally = { runs: 0, "nothing half-written": 0, "ended early": 0, "right exit code": 0 };
      let same = 0;
      for (let kill = 0; kill < Number(kills); kill++) {
        for (const [signal, exitCode] of Object.entries(exitCodes)) {
          const out = fresh(folder);
          const moment = duration * (0.1 + 0.95 * Math.random());
          const code = await start([...run(out), "--backend", backend], { signal, moment });
          tally.runs++;
          if (code !== 0) tally["ended early"]++;
          if (code === 0 || code === exitCode) tally["right exit code"]++;
          const outputs = whole.map((file) => digest(join(out, file)));
          const present = outputs.every((found, i) => found === undefined || found === expected[i]);
          if (present) tally["nothing half-written"]++;
          await must([...(again?.(out) ?? run(out)), "--backend", backend]);
          const found = keeps.map((file) => digest(join(out, file)));
          const left = filesIn(out).filter((file) => /\.tmp|\.lock|\.old$/.test(file));
          if (found.join() === expected.join() && left.length === 0) same++;
          else console.error({ name, signal, moment, code, found, expected, left });
          rmSync(out, { recursive: true });
        }
      }
      yield {
        case: `${name === "zarr" ? "predict to Zarr" : name}: the same bytes`,
        unit: "",
        ours: same,
        peers: tally,
        runs: 1,
      };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const flags = (values) => Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
const fresh = (folder) => mkdtempSync(join(folder, "out-"));

function checkpointsOf(out) {
  const folder = join(out, "run/checkpoints");
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^\d+\.bin$/.test(name)) : [];
}

/** Every file below a folder, or the file itself. */
function filesIn(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Of a file, or of a folder with all that is in it; undefined where there is none. */
function digest(path) {
  if (!existsSync(path)) return undefined;
  const hash = createHash("sha256");
  const files = path.endsWith(".zarr") ? filesIn(path) : [path];
  for (const file of files) hash.update(file.slice(path.length)).update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

async function must(args) {
  const code = await start(args);
  if (code !== 0) throw new Error(`unet ${args.join(" ")} exits with ${code}`);
}

/** Runs the command on one thread, with a signal at a moment, ms; the exit code as a shell gives it. */
function start(args, { signal, moment } = {}) {
  const threads = { TF_NUM_INTRAOP_THREADS: "1", TF_NUM_INTEROP_THREADS: "1" };
  const child = spawn(process.execPath, [unet, ...args], {
    env: { ...process.env, ...threads },
    stdio: "ignore",
  });
  const timer = signal && setTimeout(() => child.kill(signal), moment);
  return new Promise((resolve) => {
    child.on("close", (code, ended) => {
      clearTimeout(timer);
      resolve(code ?? exitCodes[ended]);
    });
  });
}
