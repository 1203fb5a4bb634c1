#!/usr/bin/env node
// `pnpm fuzz [--count 10000] [--seed 1]`: reads damaged images, each of which must be an UnreadableImageError or
// the pixels that Pillow and tifffile read from the same bytes, in the Python of `UNET_PYTHON`. Prints what was
// found, the longest time and the memory taken; 1 where one was neither.
import { spawn } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readImage } from "@unet/image";
import { damagedImage } from "./damaged-images.mjs";

const { values } = parseArgs({
  options: { count: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
const maxPixels = 2 ** 24;
const expected = ["refused", "same pixels", "read past a side chunk that Pillow refuses", "read"];

const peer = await startPeer();
const base = process.resourceUsage().maxRSS;
/** @type {Record<string, number>} */
const kinds = {};
/** @type {string[]} */
const wrong = [];
/** @type {{ name: string, ms: number }[]} */
const times = [];
for (let index = 0; index < count; index++) {
  const { name, bytes } = damagedImage(seed, index);
  const { outcome, ms } = await outcomeOf(bytes);
  times.push({ name, ms });
  kinds[outcome] = (kinds[outcome] ?? 0) + 1;
  if (!expected.includes(outcome)) wrong.push(`${name}: ${outcome}`);
}
peer?.stop();

const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
console.log(
  `${count} damaged images, seed ${seed}, maxPixels 2^24, in ${peer?.name ?? "no Python"}\n${machine}\n`,
);
for (const [kind, number] of Object.entries(kinds).sort((a, b) => b[1] - a[1])) {
  console.log(`${String(number).padStart(7)}  ${kind}`);
}
times.sort((a, b) => b.ms - a.ms);
console.log("\nthe longest times of the processor, again with the least of three:");
for (const { name } of times.slice(0, 5)) {
  const { bytes } = damagedImage(seed, Number.parseInt(name, 10));
  const again = [];
  for (let run = 0; run < 3; run++) again.push((await outcomeOf(bytes, false)).ms);
  console.log(
    `${Math.min(...again)
      .toFixed(0)
      .padStart(7)} ms  ${name}`,
  );
}
const most = process.resourceUsage().maxRSS;
console.log(
  `\nmemory at most ${(most / 1024).toFixed(0)} MB, before the first ${(base / 1024).toFixed(0)} MB`,
);
for (const line of wrong.slice(0, 100)) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** @param {Uint8Array} bytes */
async function outcomeOf(bytes, compare = true) {
  const start = process.cpuUsage();
  const result = await readImage(bytes, { maxPixels }).catch((/** @type {Error} */ error) => error);
  const { user, system } = process.cpuUsage(start);
  // What others do on the machine doesn't count.
  const ms = (user + system) / 1000;
  if (result instanceof Error) {
    const right = result.name === "UnreadableImageError" && !result.message.includes("\n");
    return { outcome: right ? "refused" : `${result.name}: ${result.message}`, ms };
  }
  const { width, height, channels, data } = result;
  if (data.length !== width * height * channels || width * height > maxPixels) {
    return { outcome: `${data.length} values for ${width} × ${height} × ${channels}`, ms };
  }
  return { outcome: peer && compare ? await peer.compare(bytes, result) : "read", ms };
}

/** The Python that reads the same bytes, or nothing where there is none. */
async function startPeer() {
  const script = fileURLToPath(new URL("read-images.py", import.meta.url));
  const python = spawn(process.env.UNET_PYTHON ?? "python3", [script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  python.on("error", () => {});
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const { value: name } = await lines.next();
  if (!name) {
    console.log(
      "Without Pillow and tifffile. To install them:\n  python3 -m venv peers && peers/bin/pip install pillow tifffile imagecodecs\nand name that Python: UNET_PYTHON=peers/bin/python\n",
    );
    return undefined;
  }
  return {
    name,
    stop: () => python.stdin.end(),
    /** @param {Uint8Array} bytes @param {import("@unet/image").Image} image @returns {Promise<string>} */
    async compare(bytes, { width, height, channels, data }) {
      const type = data.constructor.name.replace("Array", "").toLowerCase();
      const head = { bytes: bytes.length, width, height, channels, type, size: data.byteLength };
      python.stdin.write(`${JSON.stringify(head)}\n`);
      python.stdin.write(bytes);
      const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      await new Promise((resolve) => python.stdin.write(pixels, resolve));
      const { value = "the peer ended" } = await lines.next();
      return value;
    },
  };
}
