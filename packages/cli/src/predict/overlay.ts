import { mkdir, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { encodePng, type Image, type LabelImage } from "@unet/image";
import { drawOutlines } from "@unet/image/picture";
import { UsageError } from "../errors.js";

/** @throws UsageError where a single picture is not to be a PNG, or several are to be one file */
export function assertOverlay(inputs: string[], path: string): void {
  const extension = extname(path).toLowerCase();
  if (inputs.length > 1 && extension) {
    throw new UsageError(`--overlay must be a folder for ${inputs.length} inputs, got ${path}`);
  }
  if (extension && extension !== ".png") {
    throw new UsageError(`--overlay must end in .png, or be a folder, got ${path}`);
  }
}

/**
 * Writes a picture of an image with the outlines of what was found on it: `path` itself where that is a PNG, otherwise
 * a file in that folder, named for the input and of several pages for the page.
 */
export async function writeOverlay(
  path: string,
  { input, page, pages }: { input: string; page: number; pages: number },
  image: Image,
  objects: LabelImage,
): Promise<void> {
  const picture = await encodePng(drawOutlines(image, objects));
  if (extname(path)) return writeFile(path, picture);
  await mkdir(path, { recursive: true });
  const number = pages > 1 ? `-${String(page + 1).padStart(4, "0")}` : "";
  await writeFile(join(path, `${basename(input, extname(input))}${number}.png`), picture);
}
