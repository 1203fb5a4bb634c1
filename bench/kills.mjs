import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { loadRun } from "@unet/training";

export const title =
  "unet train, predict and evaluate ended by −9, −15, −1 and −2 at random moments of their work, then given again: runs that end with the bytes of one straight through";

export const options = {
  backend: { type: "string", default: "wasm" },
  /** Which of them. */
  commands: { type: "string", default: "train,prolong,predict,zarr,evaluate" },
  /** Of each command, by the four signals in turn. */
  kills: { type: "string", default: "24" },
};

const unet = fileURLToPath(import.meta.resolve("@unet/cli/package.json")).replace(
  "package.json",
  "bin/unet.mjs",
);
/** What a shell says of a program that heeds the signal, or is ended by it before it listens. */
const exitCodes = { SIGKILL: 137, SIGTERM: 143, SIGHUP: 129, SIGINT: 130 };

export async function* measure({ backend, commands, kills }) {
  const folder = mkdtempSync(join(tmpdir(), "unet-kills-"));
  try {
    // For the checks of what is left.
    await useBackend({ prefer: [backend] });
    const given = await commandsIn(folder, backend);
    for (const name of commands.split(",")) yield await killed(given[name], folder, Number(kills));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What is given, and what it leaves: `keeps` are the files and Zarrs that are compared at the end; `isSound` says
 * of a folder in which the command was ended whether nothing in it is half-written.
 */
async function commandsIn(folder, backend) {
  const [model, data, finished] = ["model", "cells", "finished"].map((name) => join(folder, name));
  const settings = flags({
    ...{
      recipe: "paper",
      data: "synthetic-cells:3",
      validation: 2,
      filters: 2,
      depth: 1,
      "tile-size": 48,
      seed: 3,
      workers: 0,
    },
    ...{ average: 0.9, "checkpoint-every": 3, "validate-every": 10, backend },
  });
  const image = join(data, "images", "cells-0000.png");
  await must(["train", ...settings, "--steps", "3", "--out", model]);
  await must(["train", ...settings, "--steps", "20", "--out", finished]);
  await must(["synth", "cells", "--out", data, "--count", "2", "--size", "512x512"]);
  const trained = ["history.jsonl", "model/weights.bin"].map((file) => join("run", file));
  const resume = (out) => ["train", "--resume", join(out, "run"), "--backend", backend];
  const predicted = (names) => ({
    run: (out) => {
      const [scores, instances, table] = names.map((name) => join(out, name));
      return ["predict", model, image, ...flags({ out: scores, instances, table, backend })];
    },
    keeps: names,
  });
  return {
    train: {
      title: "train",
      run: (out) => ["train", ...settings, "--steps", "40", "--out", join(out, "run")],
      // What is saved goes on; where nothing is yet, the run begins.
      again: (out) => (checkpointsOf(join(out, "run")).length > 0 ? resume(out) : undefined),
      keeps: trained,
      isSound: (out) => isSoundRun(join(out, "run")),
    },
    prolong: {
      title: "train --resume --steps",
      prepare: (out) => cpSync(finished, join(out, "run"), { recursive: true }),
      run: (out) => [...resume(out), "--steps", "50"],
      again: (out) => (settingsOf(join(out, "run")).training.steps === 50 ? resume(out) : undefined),
      keeps: trained,
      isSound: (out) => isSoundRun(join(out, "run")),
    },
    predict: { title: "predict: TIFF, objects, table", ...predicted(["a.tif", "b.tif", "c.csv"]) },
    zarr: { title: "predict: Zarr, objects, table", ...predicted(["a.zarr", "b.zarr", "c.csv"]) },
    evaluate: {
      title: "evaluate: table, picture",
      run: (out) => {
        const outputs = flags({ csv: join(out, "measures.csv"), picture: join(out, "wrong.png") });
        return ["evaluate", model, `folder:${data}`, "--kind", "instances", ...outputs, "--backend", backend];
      },
      keeps: ["measures.csv", "wrong.png"],
    },
  };
}

async function killed({ title, prepare, run, again, keeps, isSound }, folder, kills) {
  const begin = () => {
    const out = mkdtempSync(join(folder, "out-"));
    prepare?.(out);
    return out;
  };
  const straight = begin();
  let { seconds } = await must(run(straight));
  const expected = digests(straight, keeps);
  const unchanged = (out) =>
    digests(out, keeps).every((found, i) => found === undefined || found === expected[i]);
  const tally = { kills: 0, "nothing half-written": 0, "right exit code": 0, "ended before": 0 };
  let same = 0;
  while (tally.kills < kills) {
    const [signal, exitCode] = Object.entries(exitCodes)[tally.kills % 4];
    const out = begin();
    const moment = seconds * (0.2 + 0.8 * Math.random());
    const first = await start(run(out), { signal, moment });
    const sound = (await isSound?.(out)) ?? unchanged(out);
    // One that heeds the signal removes what isn't whole; after −9 the next one does.
    const tidy = signal === "SIGKILL" || leftIn(out).length === 0;
    const second = first.code === 0 ? first : await start(again?.(out) ?? run(out));
    const found = digests(out, keeps);
    const right = second.code === 0 && found.join() === expected.join() && leftIn(out).length === 0;
    if (first.code === 0) tally["ended before"]++;
    else {
      tally.kills++;
      if (sound && tidy) tally["nothing half-written"]++;
      if (first.code === exitCode) tally["right exit code"]++;
      if (right) same++;
    }
    if (!(sound && tidy && right))
      console.error({ title, signal, moment, first, second, found, expected }, leftIn(out));
    // How long it takes depends on what else the machine does.
    if (first.code === 0 || !again) seconds = second.seconds;
    rmSync(out, { recursive: true });
  }
  return { case: title, unit: "", ours: same, peers: tally, runs: 1 };
}

const flags = (values) => Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Whether each file of a run opens: the settings, each line of the history, each checkpoint, the model. */
async function isSoundRun(run) {
  if (!existsSync(run)) return true;
  try {
    const checkpoints = checkpointsOf(run);
    const others = ["config.json", "history.jsonl", "model/model.json"].filter((name) =>
      existsSync(join(run, name)),
    );
    if (checkpoints.length === 0) return others.length === 0;
    for (const name of others) {
      const text = readFileSync(join(run, name), "utf8");
      for (const json of name.endsWith("l") ? text.trimEnd().split("\n") : [text]) if (json) JSON.parse(json);
    }
    if (others.includes("model/model.json")) (await loadRun(run)).dispose();
    for (const name of checkpoints) {
      // A run of this checkpoint alone is opened by it.
      const alone = mkdtempSync(join(tmpdir(), "unet-kills-"));
      mkdirSync(join(alone, "checkpoints"));
      copyFileSync(join(run, "checkpoints", name), join(alone, "checkpoints", name));
      (await loadRun(alone)).dispose();
      rmSync(alone, { recursive: true });
    }
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

function checkpointsOf(run) {
  const folder = join(run, "checkpoints");
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^\d+\.bin$/.test(name)) : [];
}

const settingsOf = (run) => JSON.parse(readFileSync(join(run, "config.json"), "utf8"));

/** What has no place beside results: temporary files, locks, what is not complete, damaged files set aside. */
const leftIn = (out) =>
  filesIn(out).filter((file) => /\.(tmp|lock|old|damaged)$|\.scores-/.test(relative(out, file)));

/** Every file below a folder. */
function filesIn(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Of files, or of folders with all that is in them; undefined where there is none. */
function digests(out, names) {
  return names.map((name) => {
    const path = join(out, name);
    if (!existsSync(path)) return undefined;
    const hash = createHash("sha256");
    const files = path.endsWith(".zarr") ? filesIn(path) : [path];
    for (const file of files) hash.update(relative(path, file)).update(readFileSync(file));
    return hash.digest("hex").slice(0, 12);
  });
}

async function must(args) {
  const ended = await start(args);
  if (ended.code !== 0) throw new Error(`unet ${args.join(" ")} exits with ${ended.code}:\n${ended.said}`);
  return ended;
}

/** Runs the command on one thread, with a signal at a moment, s; the exit code as a shell gives it. */
function start(args, { signal, moment } = {}) {
  const threads = { TF_NUM_INTRAOP_THREADS: "1", TF_NUM_INTEROP_THREADS: "1" };
  const began = performance.now();
  const child = spawn(process.execPath, [unet, ...args], {
    env: { ...process.env, ...threads },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const timer = signal && setTimeout(() => child.kill(signal), 1000 * moment);
  return new Promise((resolve) => {
    child.on("close", (code, ended) => {
      clearTimeout(timer);
      resolve({ code: code ?? exitCodes[ended], seconds: (performance.now() - began) / 1000, said });
    });
  });
}
