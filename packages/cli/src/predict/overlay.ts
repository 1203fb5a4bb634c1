import { mkdir } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { encodePng, type Image, type LabelImage, type LabelKind } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { drawOverlay } from "@unet/image/picture";

/** Writes a picture of an image with what was found on it: objects with their numbers, or classes by their colours. */
export async function writeOverlay(
  path: string,
  image: Image,
  labels: LabelImage,
  kind: LabelKind = "instances",
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, await encodePng(drawOverlay(image, labels, { kind })));
}

/** The file of a stack's page: `NAME-0001.png` for the first of `NAME.png`. */
export function pageFile(path: string, page: number): string {
  const extension = extname(path);
  return `${path.slice(0, -extension.length)}-${String(page + 1).padStart(4, "0")}${extension}`;
}
