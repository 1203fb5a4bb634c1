import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openDataset, subset } from "@unet/datasets";
import { definitionOf } from "./definitions.mjs";

/** The parts of a network's data: trained on, chosen by, and scored once. */
export const parts = ["training", "validation", "test"];

/** The folder of real images, `UNET_DATA`. */
export function dataFolder() {
  const folder = process.env.UNET_DATA ?? fileURLToPath(new URL("../../shared/data", import.meta.url));
  if (!existsSync(folder))
    throw new Error(`${folder} is missing: set UNET_DATA to the folder of real images`);
  return folder;
}

/** The word and the options by which a network's data is opened. */
export function dataOf(name) {
  const { spec, ...options } = definitionOf(name).data;
  return { spec: spec.replace("DATA", dataFolder()), options };
}

/** Where the names of the three parts stand. */
export function splitFile(name) {
  return fileURLToPath(new URL(`${name}/split.json`, import.meta.url));
}

/**
 * The sample numbers of each part, by the names in `split.json`.
 *
 * @throws Error where an image that it names is missing
 */
export async function indicesOf(name) {
  const { spec, options } = dataOf(name);
  const { names } = await openDataset(spec, options);
  const split = JSON.parse(readFileSync(splitFile(name), "utf8"));
  const numberOf = (sample) => {
    const index = names.indexOf(sample);
    if (index >= 0) return index;
    throw new Error(`${spec} has no ${sample}, which networks/${name}/split.json names`);
  };
  return Object.fromEntries(parts.map((part) => [part, split[part].map(numberOf).sort((a, b) => a - b)]));
}

/** The samples of a part: `training`, `validation` or `test`. */
export async function openPart(name, part) {
  const { spec, options } = dataOf(name);
  return subset(await openDataset(spec, options), (await indicesOf(name))[part]);
}
