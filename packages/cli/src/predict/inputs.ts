import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { PixelSize, PlaneChoice } from "@unet/image";
import { openTiff } from "@unet/image/tiff";
import type { WindowedSource } from "@unet/inference";
import { openZarr } from "@unet/inference/zarr";
import { UsageError } from "../messages/errors.js";
import { tell } from "../usage/command.js";

/** The images of one input, read one at a time and by window: each plane, with all its channels. */
export interface Input {
  /** How many images: planes along depth, then along time. */
  length: number;
  slices: number;
  frames: number;
  /** How large a pixel is, where the file says it. */
  pixelSize?: PixelSize;
  open(index: number): Promise<WindowedSource>;
  close(): Promise<void>;
}

/**
 * The inputs that arguments name: files and Zarr folders as they are, the images of other folders, and what
 * patterns with `*`, `**` and `?` match, in alphabetical order; hidden files are none. What else a folder holds is told,
 * in a line.
 *
 * @throws UsageError where a folder or a pattern holds no image
 */
export async function expandInputs(given: string[]): Promise<string[]> {
  const inputs: string[] = [];
  for (const path of given) {
    if (/[*?]/.test(path) && !isRemote(path) && !existsSync(path)) {
      inputs.push(...imagesAmong(await matching(path), path, "matches no image"));
    } else if (isFolder(path) && !isZarr(path)) {
      const names = (await readdir(path)).filter((name) => !name.startsWith("."));
      const paths = names.map((name) => join(path, name));
      inputs.push(...imagesAmong(paths, path, "holds no PNG, TIFF, JPEG or Zarr"));
    } else {
      inputs.push(path);
    }
  }
  return [...new Set(inputs)];
}

/** How images are opened. */
export interface InputOptions extends PlaneChoice {
  /** More pixels than this a page, or a chunk of a Zarr, are refused. */
  maxPixels?: number;
  /** Whether chunks of a Zarr that a server forbids to read are taken as absent. */
  forbiddenIsAbsent?: boolean;
  /** Is told what reading changed; default: the person. */
  onNotice?: (notice: string) => void;
}

/** Opens a PNG, a TIFF, a JPEG or a Zarr; the planes that were chosen are its images. */
export async function openInput(path: string, options: InputOptions = {}): Promise<Input> {
  const { channel, z, t, maxPixels, forbiddenIsAbsent, onNotice = tell } = options;
  const shared = { channel, z, t, maxPixels, onNotice };
  if (!isZarr(path)) return openTiff(path, shared);
  const zarr = await openZarr(path, { ...shared, forbiddenIsAbsent });
  const { length, slices, frames, pixelSize } = zarr;
  return {
    length,
    slices,
    frames,
    pixelSize,
    open: async (index) => zarr.plane(index),
    async close() {
      const count = zarr.forbidden;
      if (count > 0)
        tell(`${path}: chunks taken as absent because its server forbids to read them: ${count}`);
    },
  };
}

/** Whether a path is that of a Zarr: a folder with its metadata, an address or a zipped one whose name says so. */
export function isZarr(path: string): boolean {
  if (/\.(ozx|zarr\.zip)$/i.test(path)) return true;
  if (isRemote(path)) return /\.zarr\b/.test(path);
  return ["zarr.json", ".zgroup", ".zarray"].some((file) => existsSync(join(path, file)));
}

function isRemote(path: string): boolean {
  return /^https?:/.test(path);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function imagesAmong(paths: string[], given: string, complaint: string): string[] {
  const images = paths.filter(isImage).sort();
  const others = paths.filter((path) => !isImage(path)).map(kindOf);
  const counts = [...new Set(others)].sort().map((kind) => {
    const count = others.filter((other) => other === kind).length;
    return kind === "folder" && count > 1 ? `${count} folders` : `${count} ${kind}`;
  });
  const left = counts.length === 0 ? "" : `left out: ${counts.join(", ")}`;
  if (images.length === 0) throw new UsageError(`${given} ${complaint}${left && ` (${left})`}`);
  if (left) tell(`images     ${given}: ${images.length}; ${left}`);
  return images;
}

function isImage(path: string): boolean {
  return /\.(png|tiff?|jpe?g)$/i.test(path) ? !isFolder(path) : isFolder(path) && isZarr(path);
}

/** What something is that is no image: a folder, or by its extension. */
function kindOf(path: string): string {
  return isFolder(path) ? "folder" : extname(path) || "without extension";
}

/** What matches a pattern: `*` and `?` within a name, `**` across folders; nothing that is hidden. */
async function matching(pattern: string): Promise<string[]> {
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  const base = parts.slice(0, fixed).join(sep) || (pattern.startsWith("/") ? "/" : ".");
  const rest = parts
    .slice(fixed)
    .map((part) => {
      if (part === "**") return ".*";
      const escaped = part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
      return escaped.replace(/\*/g, "[^/]*").replace(/\?/g, "[^/]");
    })
    .join("/")
    .replaceAll(".*/", "(?:.*/)?");
  const whole = new RegExp(`^${rest}$`);
  const names = existsSync(base) ? await readdir(base, { recursive: rest.includes("/") }) : [];
  return names
    .map((name) => name.split(sep).join("/"))
    .filter((name) => whole.test(name) && (!/(^|\/)\./.test(name) || rest.startsWith("\\.")))
    .map((name) => join(base, name));
}
