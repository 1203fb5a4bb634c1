import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { UnwritableError } from "@unet/image/node";
import { UsageError } from "../messages/errors.js";
import { Inputs } from "./inputs.js";
import { type Place, placeOf } from "./place.js";

/** A place that a command will write to. */
export interface Output {
  path: string;
  /** How it was given, such as `--out`. */
  option: string;
  /** The input whose result it is, where several have one each. */
  of?: string;
  /** Whether a stack's pages would get files of their own: `NAME-0001.png` beside `NAME.png`. */
  pages?: boolean;
  /** Whether a folder may be there already. */
  folder?: boolean;
}

/**
 * Checks, before a command does anything, that it would write over none of its inputs, that no two results would have
 * one place, and that each place can be written to. Paths are compared by where they lead, through links of both kinds.
 *
 * ```ts
 * assertOutputs({ "--csv": "scores.csv", "--picture": "scores.png" }, ["cells.tif"]);
 * ```
 *
 * @param outputs by their options, or one by one; those that are undefined are not asked for
 * @param inputs as they were given: files, folders of images, runs, data sets such as `folder:DIR`
 * @throws UsageError that names the option, the path and what is in its way
 * @throws UnwritableError where there is no permission
 */
export function assertOutputs(
  outputs: Record<string, string | undefined> | Output[],
  inputs: Array<string | undefined>,
): void {
  const known = new Inputs(inputs);
  const taken = new Map<string, Output>();
  const stacks = new Map<string, Output>();
  const places = (Array.isArray(outputs) ? outputs : listOf(outputs)).map((output) => {
    const place = placeOf(output.path);
    const input = known.at(place);
    if (input !== undefined) throw isInput(output, input);
    assertFits(output, place);
    for (const key of [place.key, place.file]) {
      if (key === undefined) continue;
      const other = taken.get(key);
      if (other) throw wouldShare(other, output);
      taken.set(key, output);
    }
    if (output.pages) stacks.set(place.key, output);
    return { output, place };
  });
  if (stacks.size === 0) return;
  for (const { output, place } of places) {
    const stack = stacks.get(stackOf(place.key) ?? "");
    if (stack && stack.of !== output.of) throw wouldShare(stack, output);
  }
}

function listOf(outputs: Record<string, string | undefined>): Output[] {
  return Object.entries(outputs).flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }]));
}

/** The file of a stack that one of these names would be a page of: `a.png` for `a-0001.png`. */
function stackOf(key: string): string | undefined {
  const match = /^(.+)-\d{4,}(\.[^./\\]+)$/s.exec(key);
  return match ? match[1] + match[2] : undefined;
}

function assertFits({ option, path, folder }: Output, { isFolder, blockedBy }: Place): void {
  if (blockedBy !== undefined)
    throw new UsageError(`${option} ${path} can't be written: ${blockedBy} is a file`);
  if (isFolder && !folder) {
    throw new UsageError(`${option} ${path} is a folder; name a file`);
  }
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
  } catch (error) {
    throw new UnwritableError(path, error);
  }
}

function isInput({ option, path }: Output, input: string): UsageError {
  const which = input === path ? "is an input" : `is an input, ${input}`;
  return new UsageError(`${option} ${path} ${which}; name another file to write`);
}

function wouldShare(one: Output, other: Output): UsageError {
  if (one.option === other.option && one.of !== undefined && other.of !== undefined) {
    return new UsageError(
      `${one.of} and ${other.of} would both be written to ${other.path}; predict them one by one, or rename one`,
    );
  }
  return new UsageError(
    `${one.option} and ${other.option} would both be written to ${other.path}; name another file for one`,
  );
}
