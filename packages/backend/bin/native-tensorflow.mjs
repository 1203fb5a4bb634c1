#!/usr/bin/env node
// Completes an installed tfjs-node with the C library of TensorFlow's Python wheel and builds its addon.
// Plain Node 20 without dependencies: docs/native-tensorflow.md says why and how.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, findPackage, link, probe } from "./native-tensorflow/addon.mjs";
import { cacheFolder, fetchLibrary } from "./native-tensorflow/library.mjs";
import { missingTool, platformProblem, thisPlatform } from "./native-tensorflow/requirements.mjs";

const usage = `usage: unet-native-tensorflow [--gpu]

Completes an installed @tensorflow/tfjs-node with TensorFlow 2.15.1 from its Python wheel and builds the
addon with the compiler of this machine. Needs Linux on x64, python3 with pip, g++ and make.

  --gpu    the same for @tensorflow/tfjs-node-gpu (CUDA 12; without a GPU it computes on the CPU)
  --help   this text

UNET_CACHE  where the library is kept, 0.8 GB, with --gpu 1.2 GB (${cacheFolder()})
`;

const variants = {
  cpu: { name: "@tensorflow/tfjs-node", wheel: "tensorflow-cpu", version: "2.15.1", megabytes: 207 },
  gpu: { name: "@tensorflow/tfjs-node-gpu", wheel: "tensorflow", version: "2.15.1", megabytes: 475 },
};

main(process.argv.slice(2)).catch((error) => fail(error.message, error.output));

async function main(options) {
  if (options.includes("--help") || options.includes("-h")) return void process.stdout.write(usage);
  const unknown = options.find((option) => option !== "--gpu");
  if (unknown) return fail(`unknown option ${unknown}: there are --gpu and --help`, "", 2);
  const variant = options.includes("--gpu") ? variants.gpu : variants.cpu;

  const problem = platformProblem(thisPlatform());
  if (problem) return fail(problem);
  const folder = findPackage(variant.name);
  if (!folder) {
    return fail(`${variant.name} is not installed here: npm install ${variant.name}@4.22.0 --ignore-scripts`);
  }
  const built = probe(folder);
  if (built.version) return say(`already built: ${ready(variant, built)}`);
  const missing = missingTool();
  if (missing) return fail(missing);

  const library = await fetchLibrary(variant, step);
  await step("linking the library", () => link(folder, library));
  await step("building the addon", () => build(folder));
  const result = await step("multiplying two matrices", () => probe(folder));
  if (!result.version) return fail(`${variant.name} is built but does not load: ${result.problem}`);
  say(ready(variant, result));
}

/** One line a step: what it does, then the seconds that it took. */
async function step(what, work) {
  const start = performance.now();
  process.stdout.write(`${what} … `);
  try {
    const result = await work();
    say(`${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    say("failed");
    throw error;
  }
}

function ready({ name }, { version, device }) {
  return `${name.split("/")[1]} on TensorFlow ${version} is ready (computes on the ${device})`;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** One line; what the failed program printed is kept in a file that the line names. */
function fail(message, output = "", code = 1) {
  const log = join(cacheFolder(), "native-tensorflow.log");
  if (output) {
    mkdirSync(cacheFolder(), { recursive: true });
    writeFileSync(log, output);
  }
  process.stderr.write(`native-tensorflow: ${message}${output ? ` (all of it: ${log})` : ""}\n`);
  process.exitCode = code;
}
