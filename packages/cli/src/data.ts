import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Dataset, type OpenOptions, openDataset } from "@unet/datasets";
import { UsageError } from "./messages/errors.js";
import { nearest } from "./messages/nearest.js";
import { tell } from "./usage/command.js";

const kinds = ["isbi2012", "ctc", "folder", "synthetic-cells", "synthetic-membranes"];
const FORMS =
  "isbi2012:DIR, ctc:DIR:SEQUENCE, folder:DIR, synthetic-cells:COUNT or synthetic-membranes:COUNT";

/**
 * Opens the data that a word on the command line names, and tells what its reader has to say.
 *
 * @throws UsageError where it names none, with what was likely meant
 */
export async function openData(spec: string, options: OpenOptions = {}): Promise<Dataset> {
  assertData(spec);
  return openDataset(spec, { onNotice: tell, ...options });
}

/** @throws UsageError where a word names no data, with what was likely meant */
export function assertData(spec: string): void {
  const [, kind, rest] = /^([a-z0-9-]{2,}):(.+)$/s.exec(spec) ?? [];
  if (kinds.includes(kind)) {
    if (kind !== "ctc" || /:\d+$/.test(rest)) return;
    const right = isFolder(rest) ? sequenceIn(rest) : undefined;
    throw new UsageError(`${spec} lacks the sequence; write ctc:DIR:SEQUENCE`, instead(spec, right));
  }
  if (isFolder(spec)) {
    const right = specOf(spec);
    throw new UsageError(
      `${spec} is a folder; say what kind of data it holds: ${right}`,
      instead(spec, right),
    );
  }
  if (existsSync(spec)) {
    throw new UsageError(`${spec} is a file; data is a folder of images with their masks: folder:DIR`);
  }
  const meant = kind && nearest(kind, kinds);
  const right = meant ? `${meant}:${rest}` : undefined;
  throw new UsageError(`${spec} names no data; write ${FORMS}`, instead(spec, right));
}

function instead(given: string, right: string | undefined) {
  return right === undefined ? {} : { instead: { given, right } };
}

/** The word for a folder, by what lies in it. */
function specOf(folder: string): string {
  if (["train-volume.tif", "train-labels.tif"].every((file) => existsSync(join(folder, file)))) {
    return `isbi2012:${folder}`;
  }
  return sequenceIn(folder) ?? `folder:${folder}`;
}

/** The word for a sequence of the Cell Tracking Challenge: the folder's first, or the folder itself. */
function sequenceIn(folder: string): string | undefined {
  const truth = readdirSync(folder)
    .sort()
    .find((name) => /^\d+_GT$/.test(name));
  if (truth) return `ctc:${folder}:${truth.slice(0, -"_GT".length)}`;
  return existsSync(`${folder}_GT`) ? `ctc:${dirname(folder)}:${basename(folder)}` : undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
