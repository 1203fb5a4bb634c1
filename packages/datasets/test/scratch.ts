import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image, LabelImage } from "@unet/image";
import { onTestFinished } from "vitest";

/** A folder of this test's own, removed when it is over. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "unet-datasets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A grey image from rows of numbers. */
export function grey(...rows: number[][]): Image<Uint8Array> {
  return { width: rows[0].length, height: rows.length, channels: 1, data: Uint8Array.from(rows.flat()) };
}

/** Labels from rows of numbers. */
export function labels(...rows: number[][]): LabelImage {
  return { width: rows[0].length, height: rows.length, data: Int32Array.from(rows.flat()) };
}

/** The rows of numbers in an image. */
export function rows({ width, data }: { width: number; data: ArrayLike<number> }): number[][] {
  const all = Array.from(data);
  return Array.from({ length: all.length / width }, (_, y) => all.slice(y * width, (y + 1) * width));
}
