#!/usr/bin/env node
// `pnpm bench NAME [--json FILE]`: runs bench/NAME.mjs, which exports `title` and `measure()`, an asynchronous
// generator of rows { case, unit, ours, peers: { name: value }, runs }, and prints them as a table. Beside each
// peer stands how many times as long as ours it takes; `ratio` in the file is ours to the first
// peer, or what the row says.
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = fileURLToPath(new URL(".", import.meta.url));
const helpers = ["run.mjs", "measure.mjs", "python.mjs", "inference-run.mjs"];
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".mjs") && !helpers.includes(file))
  .map((file) => file.slice(0, -".mjs".length));
const usage = `usage: pnpm bench NAME [--json FILE], with NAME one of: ${names.join(", ")}`;

const { name, json } = readArguments();
build();
const { title, measure } = await import(new URL(`${name}.mjs`, import.meta.url).href);
const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
console.log(`${title}\n${machine}\n`);
const rows = [];
let headings;
for await (const row of measure()) {
  const peers = Object.entries(row.peers);
  printHeadings(["case", "ours", ...peers.map(([name]) => name)]);
  const times = peers.map(([, value]) => `${format(value)} ${row.unit} ${format(value / row.ours)}×`);
  printRow(row.case, `${format(row.ours)} ${row.unit}`, ...times);
  rows.push({ ratio: peers.length ? row.ours / peers[0][1] : null, ...row, machine });
}
if (json) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "string" } },
    });
    if (positionals.length !== 1 || !names.includes(positionals[0])) throw new Error(usage);
    return { name: positionals[0], json: values.json };
  } catch (error) {
    console.error(error.message === usage ? usage : `${error.message}\n${usage}`);
    process.exit(2);
  }
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
  console.log([name.padEnd(32), ours.padStart(9), ...peers.map((cell) => cell.padStart(20))].join(""));
}

function format(value) {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}
