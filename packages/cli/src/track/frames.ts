import { basename } from "node:path";
import { naturalOrder } from "@unet/datasets";
import type { WindowedSource } from "@unet/inference";
import { CommandError, UsageError } from "../messages/errors.js";
import { expandInputs, type Input, type InputOptions, openInput } from "../predict/inputs.js";

/** The frames of a sequence, in the order of time. */
export interface Frames {
  /** The files that they are in. */
  paths: string[];
  length: number;
  /** The number of the first: that of its file where files are named as the challenge does, `t030.tif`, else 0. */
  first: number;
  width: number;
  height: number;
  /** What each is called. */
  names: string[];
  /** Opens one; the one before is closed. */
  open(index: number): Promise<WindowedSource>;
  close(): Promise<void>;
}

/**
 * Opens a sequence: a file for each frame, or files with several, one after the other. Files that came in alphabetical
 * order, as shells, folders and patterns give them, are taken by their numbers, `t9.tif` before `t10.tif`.
 *
 * @throws UsageError where there is no frame, or several depths
 * @throws CommandError that names the first file of another size
 */
export async function openFrames(given: string[], options: InputOptions): Promise<Frames> {
  const expanded = await expandInputs(given);
  const alphabetical = expanded.every((path, i) => i === 0 || expanded[i - 1] <= path);
  const paths = alphabetical ? naturalOrder(expanded) : expanded;
  const places: Array<{ path: string; page: number }> = [];
  const names: string[] = [];
  let size: { width: number; height: number } | undefined;
  for (const path of paths) {
    const file = await openInput(path, options);
    try {
      if (file.slices > 1 && file.frames > 1) {
        throw new UsageError(
          `${path} has ${file.slices} planes in depth and ${file.frames} in time; choose one depth by --z`,
        );
      }
      const { width, height } = await file.open(0);
      size ??= { width, height };
      if (width !== size.width || height !== size.height) {
        throw new CommandError(
          `frames must be of one size; ${path} is ${width} × ${height}, ${paths[0]} ${size.width} × ${size.height}`,
        );
      }
      for (let page = 0; page < file.length; page++) {
        places.push({ path, page });
        names.push(file.length > 1 ? `${basename(path)} ${page + 1}/${file.length}` : basename(path));
      }
    } finally {
      await file.close();
    }
  }
  let opened: { path: string; file: Input } | undefined;
  const close = async () => {
    await opened?.file.close();
    opened = undefined;
  };
  const open = async (index: number) => {
    const { path, page } = places[index];
    if (opened?.path !== path) {
      await close();
      opened = { path, file: await openInput(path, options) };
    }
    return opened.file.open(page);
  };
  return {
    paths,
    length: places.length,
    first: firstNumber(paths, places.length),
    ...size!,
    names,
    open,
    close,
  };
}

/** Frames that are named as in the challenge keep their numbers, if none is missing. */
function firstNumber(paths: string[], frames: number): number {
  const numbers = paths.map((path) => Number(/^t(\d{3,})\.tiff?$/i.exec(basename(path))?.[1] ?? Number.NaN));
  const isRow = numbers.every((number, i) => number === numbers[0] + i);
  return paths.length === frames && isRow ? numbers[0] : 0;
}
