import type { LabelKind } from "@unet/image";
import type { DataSource, Dataset } from "./dataset.js";
import { type CellTrackingOptions, readCellTracking } from "./formats/cell-tracking.js";
import { readIsbi2012 } from "./formats/isbi2012.js";
import { type FolderOptions, readFolder } from "./formats/read-folder.js";
import { subset } from "./subset.js";
import { syntheticCells } from "./synthetic/synthetic-cells.js";
import { syntheticMembranes } from "./synthetic/synthetic-membranes.js";

/** What {@link openDataset} passes on to those kinds of data that it concerns. */
export interface OpenOptions extends CellTrackingOptions, FolderOptions {
  /** Seed of synthetic images; default 0. */
  seed?: number;
  /** Size of synthetic images, px; default 256. */
  width?: number;
  height?: number;
}

const FORMS =
  "isbi2012:DIR, ctc:DIR:SEQUENCE, folder:DIR, synthetic-cells:COUNT or synthetic-membranes:COUNT";

/**
 * The data set that a word names, as on the command line: `isbi2012:DIR`, `ctc:DIR:SEQUENCE`, `folder:DIR`,
 * `synthetic-cells:COUNT`, `synthetic-membranes:COUNT`.
 *
 * @throws RangeError that lists these forms if the word is none of them, or where an option is given that doesn't
 *   concern such data; else what the reader throws
 */
export async function openDataset(spec: string, options: OpenOptions = {}): Promise<Dataset> {
  assertConcerned(spec, options);
  // What is kept with a run is plain data.
  const { onNotice, ...plain } = options;
  return { ...(await openKind(spec, options)), source: { spec: await fromAnywhere(spec), options: plain } };
}

/** The same spec with an absolute path, so that it names the same data from any working directory. */
async function fromAnywhere(spec: string): Promise<string> {
  const [, name, path] = /^(isbi2012|ctc|folder):(.+)$/s.exec(spec) ?? [];
  if (path === undefined || !globalThis.process?.versions?.node) return spec;
  const { resolve } = (await import("@unet/image/node")).path;
  return `${name}:${resolve(path)}`;
}

/** Opens the data set again that had this `source`. */
export async function reopenDataset(source: DataSource): Promise<Dataset> {
  const { spec, options, indices } = source;
  const dataset = { ...(await openKind(spec, options as OpenOptions)), source: { spec, options } };
  return indices ? subset(dataset, indices) : dataset;
}

/** What the labels of each kind of data are; those of a folder are as its files say. */
const kinds: Record<string, LabelKind | undefined> = {
  isbi2012: "classes",
  ctc: "instances",
  "synthetic-cells": "instances",
  "synthetic-membranes": "classes",
};

const ofFolders = [
  "images",
  "masks",
  "maskSuffix",
  "colours",
  "ignore",
  "channel",
  "z",
  "t",
  "channels",
] as const;
const ofSequences = ["truth", "border"] as const;

/** Throws where an option has no effect on this kind of data, since whoever gave it expects one. */
function assertConcerned(spec: string, options: OpenOptions): void {
  const name = spec.slice(0, spec.indexOf(":"));
  if (!(name in kinds) && name !== "folder") return;
  const strange = [...(name === "folder" ? [] : ofFolders), ...(name === "ctc" ? [] : ofSequences)].find(
    (option) => options[option] !== undefined,
  );
  if (strange) {
    const right = (ofSequences as readonly string[]).includes(strange) ? "ctc:DIR:SEQUENCE" : "folder:DIR";
    throw new RangeError(`openDataset: the option ${strange} is for ${right}, not for ${name}`);
  }
  const { kind } = options;
  if (kind !== undefined && kinds[name] !== undefined && kind !== kinds[name]) {
    throw new RangeError(
      `openDataset: ${spec} has ${kinds[name]}, so the option kind "${kind}" doesn't fit it`,
    );
  }
}

async function openKind(spec: string, options: OpenOptions): Promise<Dataset> {
  const { seed, width, height } = options;
  const [, name, rest] = /^([a-z0-9-]+):(.+)$/s.exec(spec) ?? [];
  switch (name) {
    case "isbi2012":
      return readIsbi2012(rest, options);
    case "ctc": {
      const [, folder, sequence] = /^(.+):(\d+)$/s.exec(rest) ?? [];
      if (sequence) return readCellTracking(folder, sequence, options);
      throw new RangeError(`openDataset: "${spec}" lacks the sequence: write ctc:${rest}:01`);
    }
    case "folder":
      return readFolder(rest, options);
    case "synthetic-cells":
      return syntheticCells({ count: countIn(spec, rest), seed, width, height });
    case "synthetic-membranes":
      return syntheticMembranes({ count: countIn(spec, rest), seed, width, height });
    default:
      throw new RangeError(`openDataset: "${spec}" names no data; write ${FORMS}`);
  }
}

function countIn(spec: string, count: string): number {
  if (/^\d+$/.test(count) && Number(count) >= 1) return Number(count);
  throw new RangeError(`openDataset: "${spec}" needs a number of images of at least 1 after the colon`);
}
