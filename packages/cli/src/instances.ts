import { mkdir, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { type Image, type LabelImage, writeLabels } from "@unet/image";
import {
  type InstanceFeature,
  type InstanceRow,
  instancesToCsv,
  labelInstances,
  measureInstances,
  outlineInstances,
} from "@unet/inference/instances";
import type { Command } from "commander";
import { UsageError } from "./errors.js";
import { notNegative, wholeNumber } from "./options.js";

/** What objects are, and where they are written, beside `out`. */
export interface InstanceOptions {
  out: string;
  class: number;
  threshold: number;
  minimumSize: number;
  fillHoles: boolean;
  split: boolean;
  instances?: string;
  table?: string;
  geojson?: string;
}

/** Adds the options of {@link InstanceOptions}, but for `--class` and `--out`. */
export function withInstanceOptions(command: Command): Command {
  return command
    .option("--threshold <p>", "probability from which a pixel belongs to an object", notNegative, 0.5)
    .option("--minimum-size <px>", "smallest object that is kept", wholeNumber(0), 0)
    .option("--fill-holes", "background that an object encloses becomes its own", false)
    .option("--split", "split joined objects by watershed", false)
    .option("--instances <path>", "write the objects, too (.tif, .png; a folder for several inputs)")
    .option("--table <file>", "write each object's area, box, centroid and mean score (.csv, .json)")
    .option("--geojson <path>", "write the objects' outlines (.geojson; a folder for several inputs)");
}

/** The objects in the scores of one page. */
export function instancesOf(scores: Image, options: InstanceOptions): LabelImage {
  const { class: channel, threshold, minimumSize, fillHoles, split: watershed } = options;
  return labelInstances(scores, { channel, threshold, minimumSize, fillHoles, watershed });
}

/**
 * Writes the objects of one input after another as `--instances`, `--table` and `--geojson` ask: one table of
 * all, and a file for each input of the others.
 *
 * @throws UsageError where a path doesn't suit so many inputs
 */
export function instanceWriter(inputs: string[], options: InstanceOptions) {
  const { instances, table, geojson, class: channel } = options;
  const several = inputs.length > 1;
  if (instances !== undefined) assertPath("--instances", instances, [".tif", ".tiff", ".png"], several);
  if (geojson !== undefined) assertPath("--geojson", geojson, [".geojson", ".json"], several);
  if (table !== undefined) assertPath("--table", table, [".csv", ".json"], false);
  // Folders can be shared by files of different kinds.
  const paths = several ? [options.out, instances] : [options.out, ...inputs, instances, table, geojson];
  const twice = paths.find((path, i) => path !== undefined && paths.indexOf(path) !== i);
  if (twice) throw new UsageError(`two results would both be written to ${twice}, or onto the input`);
  const rows: InstanceRow[] = [];
  const target = async (path: string, input: string, extension: string) => {
    if (!several) return path;
    await mkdir(path, { recursive: true });
    return join(path, `${basename(input, extname(input))}${extension}`);
  };
  return {
    /** @param scores those of each page */
    async write(input: string, scores: Image[]): Promise<void> {
      if (instances === undefined && table === undefined && geojson === undefined) return;
      const labels = scores.map((page) => instancesOf(page, options));
      if (instances !== undefined) await writeLabels(await target(instances, input, ".tif"), labels);
      const stack = scores.length > 1;
      if (table !== undefined) {
        for (const [page, score] of scores.entries()) {
          for (const measures of measureInstances(labels[page], score, { channel })) {
            rows.push({ ...(several && { image: input }), ...(stack && { page }), ...measures });
          }
        }
      }
      if (geojson === undefined) return;
      const features = scores.flatMap((score, page): InstanceFeature[] => {
        const found = outlineInstances(labels[page], score, { channel }).features;
        if (!stack) return found;
        return found.map((feature) => ({ ...feature, properties: { ...feature.properties, page } }));
      });
      const text = JSON.stringify({ type: "FeatureCollection", features });
      await writeFile(await target(geojson, input, ".geojson"), text);
    },
    /** After the last input. */
    async end(): Promise<void> {
      if (table === undefined) return;
      const json = extname(table).toLowerCase() === ".json";
      await writeFile(table, json ? `${JSON.stringify(rows, null, 2)}\n` : instancesToCsv(rows));
    },
  };
}

function assertPath(option: string, path: string, extensions: string[], folder: boolean): void {
  const extension = extname(path).toLowerCase();
  if (folder && extension) throw new UsageError(`${option} must be a folder for several inputs, got ${path}`);
  if (!folder && !extensions.includes(extension)) {
    const last = extensions.at(-1);
    throw new UsageError(
      `${option} must end in ${extensions.slice(0, -1).join(", ")} or ${last}, got ${path}`,
    );
  }
}
