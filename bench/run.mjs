#!/usr/bin/env node
// `pnpm bench NAME [--json FILE]`: runs bench/NAME.mjs, which exports `title` and `measure(flags)`, an asynchronous
// generator of rows { case, unit, ours, peers: { name: value }, runs }, and prints them as a table; `options`, if
// it exports them, are its own flags. Beside each peer stands how many times ours it is; `ratio` in the file is
// ours to the first peer, or what the row says.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = fileURLToPath(new URL(".", import.meta.url));
const helpers = [
  "run.mjs",
  "measure.mjs",
  "python.mjs",
  "inference-run.mjs",
  "unet.mjs",
  "window-network.mjs",
  "simd-run.mjs",
];
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".mjs") && !helpers.includes(file))
  .map((file) => file.slice(0, -".mjs".length));
const usage = `usage: pnpm bench NAME [--json FILE], with NAME one of: ${names.join(", ")}`;

const [name, ...rest] = process.argv.slice(2);
if (!names.includes(name)) refuse(usage);
build();
const { title, measure, options = {} } = await import(new URL(`${name}.mjs`, import.meta.url).href);
const { json, ...flags } = readFlags();
const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
console.log(`${title}\n${machine}\n`);
const rows = [];
let headings;
for await (const row of measure(flags)) {
  const peers = Object.entries(row.peers);
  printHeadings(["case", "ours", ...peers.map(([name]) => name)]);
  const times = peers.map(([, value]) =>
    value === undefined ? "–" : `${format(value)} ${row.unit} ${format(value / row.ours)}×`,
  );
  printRow(row.case, `${format(row.ours)} ${row.unit}`, ...times);
  rows.push({ ratio: peers.length ? row.ours / peers[0][1] : null, ...row, machine });
}
if (json) {
  const { writeWhole } = await import("@unet/image/node");
  await writeWhole(json, `${JSON.stringify(rows, null, 2)}\n`);
}

function readFlags() {
  try {
    return parseArgs({ args: rest, options: { ...options, json: { type: "string" } } }).values;
  } catch (error) {
    const own = Object.keys(options).map((flag) => `--${flag}`);
    return refuse(`${error.message}\n${name} takes ${["--json", ...own].join(", ")}`);
  }
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}

/** What is measured is what would be published. */
function build() {
  const options = { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" };
  const { status, stdout } = spawnSync("npx", ["turbo", "run", "build", "--filter=@unet/bench^..."], options);
  if (status !== 0) {
    console.error(stdout);
    process.exit(1);
  }
}

/** Rows with the same peers stand under one line of headings. */
function printHeadings(names) {
  if (headings?.join() === names.join()) return;
  if (headings) console.log();
  headings = names;
  printRow(...names);
}

function printRow(name, ours, ...peers) {
  console.log([name.padEnd(32), ours.padStart(12), ...peers.map((cell) => cell.padStart(22))].join(""));
}

function format(value) {
  if (value !== 0 && Math.abs(value) < 1) return value.toPrecision(3);
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}
