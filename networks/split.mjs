#!/usr/bin/env node
// `node networks/split.mjs NAME`: divides a network's data by name, and writes the names of the three parts into
// networks/NAME/split.json. The same data gives the same parts; images that are alike stay on one side.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { openDataset } from "@unet/datasets";
import { randomAt } from "@unet/image";
import { dataFolder, dataOf, parts, splitFile } from "./data.mjs";
import { definitionOf } from "./definitions.mjs";

/** How many values along an axis are compared. */
const GRID = 32;
/** From this correlation on two images are of one place. */
const ALIKE = 0.7;

const [name] = process.argv.slice(2);
const { divide } = definitionOf(name);
const { spec, options } = dataOf(name);
const data = await openDataset(spec, options);
const split = divide.test > 0 ? await drawn(divide) : numbered(divide);
const sorted = Object.fromEntries(parts.map((part) => [part, split[part].sort()]));
writeFileSync(splitFile(name), `${JSON.stringify(sorted, null, 2)}\n`);
console.log(parts.map((part) => `${part} ${sorted[part].length}`).join(", "));

/** Parts by sample numbers such as `0-14`. */
function numbered(ranges) {
  return Object.fromEntries(
    parts.map((part) => {
      const [first, last] = ranges[part].split("-").map(Number);
      return [part, data.names.slice(first, last + 1)];
    }),
  );
}

/** Whole groups of images, drawn until a part has its share; a folder that stays together is trained on. */
async function drawn({ seed, validation, test, together }) {
  const groups = await groupsOf(together);
  const random = randomAt(seed, "split", 0);
  for (let i = groups.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [groups[i], groups[j]] = [groups[j], groups[i]];
  }
  const parts = { training: groups.filter(({ fixed }) => fixed).flatMap(({ names }) => names) };
  const free = groups.filter(({ fixed }) => !fixed);
  for (const [part, share] of Object.entries({ test, validation })) {
    parts[part] = [];
    while (parts[part].length < Math.round(share * data.length)) parts[part].push(...free.pop().names);
  }
  parts.training.push(...free.flatMap(({ names }) => names));
  return parts;
}

/** The images in groups of those that are alike; `fixed` are those that a folder has, too. */
async function groupsOf(together) {
  const folders = together.map((path) => `${dataFolder()}/${path}`).filter(existsSync);
  const kept = folders.flatMap((folder) => readdirSync(folder));
  const views = [];
  for (let i = 0; i < data.length; i++) views.push(viewOf(await data.get(i)));
  const groupOf = views.map((_, i) => i);
  const find = (i) => (groupOf[i] === i ? i : find(groupOf[i]));
  for (const [i, view] of views.entries())
    for (let j = 0; j < i; j++) if (isAlike(view, views[j])) groupOf[find(i)] = find(j);
  const groups = new Map();
  for (const [i, view] of views.entries()) {
    const root = find(i);
    const group = groups.get(root) ?? { names: [], fixed: false };
    group.names.push(view.name);
    // the names of some sets are the beginnings of those of others
    group.fixed ||= kept.some((folder) => folder.startsWith(stemOf(view.name)));
    groups.set(root, group);
  }
  const several = [...groups.values()].filter(({ names }) => names.length > 1);
  console.log(`${several.length} groups of images that are alike`);
  return [...groups.values()];
}

function stemOf(name) {
  return name.replace(/^.*\//, "").replace(/\.\w+$/, "");
}

/** An image shrunk to a few values of mean 0 and length 1. */
function viewOf({ name, image: { width, height, channels, data } }) {
  const [sums, counts] = [new Float64Array(GRID * GRID), new Float64Array(GRID * GRID)];
  for (let i = 0; i < width * height; i++) {
    const y = Math.floor((Math.floor(i / width) * GRID) / height);
    const x = Math.floor(((i % width) * GRID) / width);
    for (let c = 0; c < channels; c++) sums[GRID * y + x] += data[channels * i + c];
    counts[GRID * y + x] += channels;
  }
  const values = sums.map((sum, i) => sum / counts[i]);
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const length = Math.hypot(...values.map((value) => value - mean)) || 1;
  return { name, size: `${width} × ${height}`, values: values.map((value) => (value - mean) / length) };
}

function isAlike(a, b) {
  return a.size === b.size && a.values.reduce((sum, value, i) => sum + value * b.values[i], 0) > ALIKE;
}
