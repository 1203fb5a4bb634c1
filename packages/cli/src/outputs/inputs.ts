import { existsSync, readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { isZarr } from "../predict/inputs.js";
import { isRun } from "../run.js";
import { fileAt, placeOf } from "./place.js";

/** What a run consists of, and what is read of other folders. */
const ofRuns =
  /^((config|model)\.json|history\.jsonl|report\.html|unet\.lock|events\.out\..*|.*\.(bin|damaged))$/;
const ofData = /\.(png|tiff?|jpe?g|txt)$/i;

/** Finds the input that a file is, or lies in. */
export class Inputs {
  readonly #paths: string[];
  readonly #byKey: Map<string, string>;
  /** By device and number; made when a file is to be written that exists. */
  #files: Map<string, string> | undefined;

  /** @param given as commands take them: files, folders, runs, data sets such as `folder:DIR`; addresses are no matter */
  constructor(given: Array<string | undefined>) {
    this.#paths = given.flatMap((input) => (input === undefined ? [] : (pathOf(input) ?? [])));
    this.#byKey = new Map(this.#paths.map((path) => [placeOf(path).key, path]));
  }

  /** The path of the input that would be written over. */
  at({ key, file }: { key: string; file?: string }): string | undefined {
    const same = this.#byKey.get(key);
    if (same !== undefined) return same;
    if (file !== undefined) {
      this.#files ??= new Map(this.#paths.flatMap(filesOf));
      const found = this.#files.get(file);
      if (found !== undefined) return found;
    }
    // A Zarr's chunks are too many to be listed, and nothing else belongs beside them.
    for (const [inputKey, path] of this.#byKey)
      if (key.startsWith(inputKey + sep) && isZarr(path)) return path;
    return undefined;
  }
}

function pathOf(input: string): string | undefined {
  if (/^https?:/.test(input)) return undefined;
  if (existsSync(input)) return input;
  const [, kind, rest] = /^(isbi2012|ctc|folder):(.+)$/s.exec(input) ?? [];
  if (rest === undefined) return input;
  return kind === "ctc" ? rest.replace(/:\d+$/, "") : rest;
}

function filesOf(path: string): Array<[string, string]> {
  const file = fileAt(path);
  if (file === undefined) return [];
  const own: [string, string] = [file, path];
  if (!statSync(path).isDirectory() || isZarr(path)) return [own];
  const belongs = isRun(path) ? ofRuns : ofData;
  return [own, ...filesIn(path, belongs)];
}

function filesIn(folder: string, belongs: RegExp): Array<[string, string]> {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): Array<[string, string]> => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, belongs);
    const file = belongs.test(entry.name) ? fileAt(path) : undefined;
    return file === undefined ? [] : [[file, path]];
  });
}
