import { syntheticCells, syntheticMembranes } from "@unet/datasets";
import { segment } from "@unet/inference";
import type { LoadOptions } from "../src/index.js";
import { loadNetwork, type NetworkName } from "../src/index.js";

/** What `pnpm networks` found in an image of numbers, by the weights that are in the package. */
export interface Example {
  kind: "cells" | "membranes";
  options: { count: number; width: number; height: number; seed: number };
  objects: number;
  /** Pixels in a row, and their label, by turns. */
  runs: number[];
}

/** What a network finds in its example here, and the share of pixels that are not of the object that they were of. */
export async function difference(
  name: NetworkName,
  { kind, options, runs }: Example,
  load: LoadOptions = {},
): Promise<{ objects: number; share: number }> {
  const samples = kind === "cells" ? syntheticCells(options) : syntheticMembranes(options);
  const { image } = await samples.get(0);
  const model = await loadNetwork(name, load);
  const { labels, table } = await segment(image, model);
  model.dispose();
  let [at, other] = [0, 0];
  for (let i = 0; i < runs.length; i += 2) {
    const end = at + runs[i];
    for (; at < end; at++) if (labels.data[at] !== runs[i + 1]) other++;
  }
  return { objects: table.length, share: other / labels.data.length };
}
