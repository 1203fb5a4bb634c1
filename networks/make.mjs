#!/usr/bin/env node
// `pnpm networks NAME`: makes a trained network from its data, its recipe and a seed: trains on the training part, chooses
// thresholds on the validation part, scores the test part once, and writes weights and card into the network's package.
// A training that was interrupted goes on; one that has ended isn't done again (--out names another folder for a new one).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openDataset } from "@unet/datasets";
import { dataOf, indicesOf } from "./data.mjs";
import { definitionOf } from "./definitions.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { name, ...flags } = readFlags();
const { minutes, repeat } = definitionOf(name);
const out = flags.out ?? join(root, "networks", "out", name);

const asked = flags.steps ? undefined : Number(flags.minutes ?? minutes);
const taken = await train();
// not before: the training is a process of its own, which wants the machine for itself
const { pack } = await import("./pack.mjs");
await pack(name, out, `pnpm networks ${process.argv.slice(2).join(" ")}`, taken);

/**
 * Trains by `unet train`, which chooses thresholds on the validation part when it ends.
 *
 * @returns the minutes that it took, with that choice; of a run that went on those that were asked for, if any
 */
async function train() {
  const { spec, options } = dataOf(name);
  const { training, validation } = await indicesOf(name);
  const samples = repeat ? await repeated(training, repeat) : training;
  const recipe = fileURLToPath(new URL(`${name}/recipe.yaml`, import.meta.url));
  const plan = { recipe, data: spec, ...options, samples, validation, seed: Number(flags.seed) };
  mkdirSync(dirname(out), { recursive: true });
  const file = `${out}.json`;
  writeFileSync(file, `${JSON.stringify(plan, null, 2)}\n`);
  const goesOn = existsSync(join(out, "checkpoints"));
  const began = performance.now();
  const length = flags.steps ? ["--steps", flags.steps] : ["--minutes", String(asked)];
  unet("train", ...(goesOn ? ["--resume", out] : ["--config", file, ...length, "--out", out]));
  return goesOn ? asked : Number(((performance.now() - began) / 60_000).toFixed(1));
}

/** Sample numbers, each as often as a square of its image's area has `side` px along an axis; once at least. */
async function repeated(numbers, side) {
  const { spec, options } = dataOf(name);
  const data = await openDataset(spec, options);
  const times = numbers.map(async (number) => {
    const { width, height } = (await data.get(number)).image;
    return new Array(Math.max(1, Math.round(Math.sqrt(width * height) / side))).fill(number);
  });
  return (await Promise.all(times)).flat();
}

/** Runs the command `unet` as a person would. */
function unet(...given) {
  console.error(`$ unet ${given.join(" ")}`);
  const program = fileURLToPath(new URL("../packages/cli/bin/unet.mjs", import.meta.url));
  const { status, signal } = spawnSync(process.execPath, [program, ...given], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 143));
}

function readFlags() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        /** Of training; the definition's, or so many steps in their place. */
        minutes: { type: "string" },
        steps: { type: "string" },
        seed: { type: "string", default: "0" },
        /** The folder of the run. */
        out: { type: "string" },
      },
    });
    const [name, extra] = positionals;
    definitionOf(name);
    if (extra !== undefined) throw new RangeError(`one network at a time, got ${extra} beside ${name}`);
    return { name, ...values };
  } catch (error) {
    console.error(`pnpm networks NAME [--minutes N | --steps N] [--seed N] [--out RUN]: ${error.message}`);
    return process.exit(2);
  }
}
