import { readFileSync } from "node:fs";
import { cropMirrored, encodeTiff, type Rect, readImage, readStack } from "@unet/image";
import { openTiff } from "@unet/image/tiff";
import { describe, expect, test } from "vitest";

const folder = new URL("fixtures/", import.meta.url);
const manifest: { files: Array<{ file: string }> } = JSON.parse(
  readFileSync(new URL("manifest.json", folder), "utf8"),
);
const files = manifest.files.map(({ file }) => file).filter((file) => file.endsWith(".tif"));

/** Of 45 × 37 px. */
const parts: Rect[] = [
  { x: 0, y: 0, width: 45, height: 37 },
  { x: 13, y: 9, width: 1, height: 1 },
  { x: 15, y: 15, width: 18, height: 3 },
  { x: 40, y: 30, width: 5, height: 7 },
];

describe("parts of a page are those of the whole", () => {
  test.each(files)("%s", async (file) => {
    const url = new URL(file, folder);
    const stack = await readStack(url);
    const tiff = await openTiff(url);
    expect(tiff.length).toBe(stack.length);
    for (const [index, whole] of stack.entries()) {
      const page = await tiff.page(index);
      expect(page).toMatchObject({ width: 45, height: 37, channels: whole.channels });
      for (const part of parts) expect(await page.read(part)).toEqual(cropMirrored(whole, part));
    }
    await tiff.close();
  });
});

test("blocks are the file's tiles or strips", async () => {
  const blockOf = async (file: string) => {
    const tiff = await openTiff(new URL(file, folder));
    const { block } = await tiff.page(0);
    await tiff.close();
    return block;
  };
  expect(await blockOf("uint8-zlib-tiles.tif")).toEqual({ width: 16, height: 16 });
  expect(await blockOf("uint8-zlib-strips.tif")).toEqual({ width: 45, height: 10 });
});

test("bytes and blobs are read too, and what can't be opened is named", async () => {
  const bytes = readFileSync(new URL("uint16-le.tif", folder));
  const part = { x: 3, y: 4, width: 9, height: 2 };
  const sources = [bytes, new Blob([new Uint8Array(bytes)]), new Uint8Array(bytes).buffer];
  const read = sources.map(async (source) => (await (await openTiff(source)).page(0)).read(part));
  const [first, ...others] = await Promise.all(read);
  for (const other of others) expect(other).toEqual(first);
  await expect(openTiff("nowhere.tif")).rejects.toThrow("nowhere.tif: no such file");
  await expect(openTiff(new Uint8Array(8))).rejects.toThrow("an image of 8 bytes: ");
});

test("geotiff keeps its own decoders for others who use it", async () => {
  const { getDecoder } = await import("geotiff");
  const pixel = { width: 1, height: 1, channels: 1, data: new Uint8Array([7]) };
  expect((await readImage(await encodeTiff([pixel]))).data).toEqual(pixel.data);
  const parameters = { tileWidth: 1, tileHeight: 1, predictor: 1, bitsPerSample: 8, planarConfiguration: 1 };
  expect((await getDecoder(5, parameters)).constructor.name).toBe("LZWDecoder");
  expect((await getDecoder(8, parameters)).constructor.name).toBe("DeflateDecoder");
});
