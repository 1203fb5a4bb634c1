import { mkdir, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { encodePng, type Image, type LabelImage } from "@unet/image";
import { drawOutlines } from "@unet/image/picture";
import { UsageError } from "./errors.js";

/**
 * Writes pictures of images with the outlines of what was found on them: a PNG for one image, otherwise a
 * folder with a PNG for each image and page.
 *
 * @throws UsageError where a single picture is not to be a PNG, or several are to be one file
 */
export function overlayWriter(inputs: string[], path: string) {
  const extension = extname(path).toLowerCase();
  if (inputs.length > 1 && extension) {
    throw new UsageError(`--overlay must be a folder for ${inputs.length} inputs, got ${path}`);
  }
  if (extension && extension !== ".png") {
    throw new UsageError(`--overlay must end in .png, or be a folder, got ${path}`);
  }
  return async (input: string, pages: Array<{ image: Image; objects: LabelImage }>): Promise<void> => {
    if (extension && pages.length > 1) {
      throw new UsageError(`--overlay must be a folder for ${pages.length} pages, got ${path}`);
    }
    if (!extension) await mkdir(path, { recursive: true });
    for (const [index, { image, objects }] of pages.entries()) {
      const page = pages.length > 1 ? `-${String(index + 1).padStart(4, "0")}` : "";
      const target = extension ? path : join(path, `${basename(input, extname(input))}${page}.png`);
      await writeFile(target, await encodePng(drawOutlines(image, objects)));
    }
  };
}
