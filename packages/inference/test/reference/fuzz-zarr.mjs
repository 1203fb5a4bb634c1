#!/usr/bin/env node
// `pnpm fuzz:zarr [--count 10000] [--seed 1]`: reads Zarr arrays with damaged chunks, each of which must be an
// UnreadableImageError that names the chunk, or the right pixels. What nothing in a file tells from other pixels must be
// what zarr-python reads, in the Python of `UNET_PYTHON`; without it such damages are left out. Prints what was found,
// the longest time and the memory taken; 1 where one was neither.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { damagedZarr } from "./damaged-zarrs.mjs";
import { outcomeOf } from "./zarr-outcome.mjs";

const { values } = parseArgs({
  options: { count: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
const expected = ["refused", "right pixels", "same pixels as zarr-python, not the right ones"];

const peer = await startPeer();
const base = process.resourceUsage().maxRSS;
/** @type {Record<string, Record<string, number>>} */
const kinds = {};
/** @type {string[]} */
const wrong = [];
let longest = { name: "", ms: 0 };
let read = 0;
for (let index = 0; read < count; index++) {
  const damaged = damagedZarr(seed, index);
  if (!damaged.detectable && !peer) continue;
  read++;
  const start = process.cpuUsage();
  let { outcome, pixels } = await outcomeOf(damaged);
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000;
  if (ms > longest.ms) longest = { name: damaged.name, ms };
  if (outcome === "other pixels" && peer && pixels) {
    const answer = await peer.compare(damaged.files, pixels);
    outcome = answer === "same pixels" ? expected[2] : `other pixels: ${answer}`;
    if (damaged.detectable) outcome = `other pixels (${answer})`;
  }
  const codec = damaged.array.replace(/^v. (transpose |shards,? ?)?/, "").split(" ")[0];
  const group = /^([<>]?[biuf]\d|none|big|index)$/.test(codec) ? "raw bytes" : codec;
  kinds[group] ??= {};
  kinds[group][outcome] = (kinds[group][outcome] ?? 0) + 1;
  if (!expected.includes(outcome)) wrong.push(`${damaged.name}: ${outcome}`);
}
peer?.stop();

const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
console.log(`${count} arrays with a damaged chunk, seed ${seed}, ${peer?.name ?? "no Python"}\n${machine}\n`);
for (const [group, outcomes] of Object.entries(kinds).sort()) {
  const parts = Object.entries(outcomes).map(([outcome, number]) => `${number} ${outcome}`);
  console.log(`${group.padEnd(10)} ${parts.join(", ")}`);
}
const most = process.resourceUsage().maxRSS;
console.log(`\nthe longest time of the processor: ${longest.ms.toFixed(0)} ms, ${longest.name}`);
console.log(`memory at most ${(most / 1024).toFixed(0)} MB, before the first ${(base / 1024).toFixed(0)} MB`);
console.log(`${wrong.length} neither refused nor right`);
for (const line of wrong.slice(0, 100)) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** The Python that reads the same files, or nothing where there is none. */
async function startPeer() {
  const script = fileURLToPath(new URL("read-zarrs.py", import.meta.url));
  const python = spawn(process.env.UNET_PYTHON ?? "python3", [script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  python.on("error", () => {});
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const { value: name } = await lines.next();
  if (!name) {
    console.log(
      "Without zarr-python. To install it:\n  python3 -m venv peers && peers/bin/pip install zarr\nand name that Python: UNET_PYTHON=peers/bin/python\n",
    );
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "unet-fuzz-"));
  return {
    name,
    stop() {
      python.stdin.end();
      rmSync(folder, { recursive: true });
    },
    /** @param {Map<string, Uint8Array>} files @param {Float32Array} pixels @returns {Promise<string>} */
    async compare(files, pixels) {
      const path = join(folder, "array.zarr");
      rmSync(path, { recursive: true, force: true });
      for (const [key, bytes] of files) {
        mkdirSync(dirname(path + key), { recursive: true });
        writeFileSync(path + key, bytes);
      }
      python.stdin.write(`${JSON.stringify({ path, values: Array.from(pixels, String) })}\n`);
      const { value = "the peer ended" } = await lines.next();
      return value;
    },
  };
}
