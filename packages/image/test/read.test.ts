import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readImage, readLabels, readStack, UnreadableImageError } from "@unet/image";
import { describe, expect, test } from "vitest";
import manifest from "./fixtures/manifest.json" with { type: "json" };

const pathOf = (file: string) => fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));
const { width, height } = manifest;

/** The values that `reference/make-fixtures.py` gave a file. */
function expected(channels: number, modulus: number, page: number, map = (value: number) => value): number[] {
  const values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) values.push(map((7 * x + 13 * y + 29 * c + 41 * page) % modulus));
    }
  }
  return values;
}

const types: Record<string, { array: string; map?: (value: number) => number }> = {
  uint8: { array: "Uint8Array" },
  uint16: { array: "Uint16Array" },
  uint32: { array: "Float32Array" },
  int16: { array: "Float32Array", map: (value) => (value << 16) >> 16 },
  int32: { array: "Float32Array" },
  float32: { array: "Float32Array", map: (value) => value / 8 - 3 },
  bit: { array: "Uint8Array", map: (value) => value * 255 },
};
const images = manifest.files.filter(({ kind }) => kind !== "palette");

test.each(images)(
  "reads $file as Pillow and tifffile wrote it",
  async ({ file, channels, modulus, kind, pages }) => {
    const { array, map } = types[kind];
    const stack = await readStack(pathOf(file));
    expect(stack).toHaveLength(pages);
    for (const [page, image] of stack.entries()) {
      expect(image).toMatchObject({ width, height, channels });
      expect(image.data.constructor.name).toBe(array);
      expect(Array.from(image.data)).toEqual(expected(channels, modulus, page, map));
    }
  },
);

test.each(["palette.png", "palette.tif"])("%s: indices as labels, colours as an image", async (file) => {
  const labels = await readLabels(pathOf(file));
  expect(Array.from(labels.data)).toEqual(expected(1, 200, 0));
  const image = await readImage(pathOf(file));
  expect(image.channels).toBe(3);
  const colours = expected(1, 200, 0).flatMap((i) => [
    (5 * i) % 256,
    (3 * i + 80) % 256,
    (3 * i + 160) % 256,
  ]);
  expect(Array.from(image.data)).toEqual(colours);
});

test("labels keep their integers of 8, 16 and 32 bits", async () => {
  for (const [file, modulus] of [
    ["uint8-le.tif", 256],
    ["uint16-be.tif", 65536],
    ["uint32-le.tif", 100000],
  ] as const) {
    expect(Array.from((await readLabels(pathOf(file))).data)).toEqual(expected(1, modulus, 0));
  }
});

test("one page is read by its number; bytes, blobs and URLs are sources too", async () => {
  const path = pathOf("uint8-pages.tif");
  const bytes = await readFile(path);
  const third = expected(1, 256, 2);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  for (const source of [path, new URL(`file://${path}`), bytes, buffer, new Blob([buffer])]) {
    expect(Array.from((await readImage(source, { page: 2 })).data)).toEqual(third);
  }
});

describe("what can't be read gets one line", () => {
  const refused = async (attempt: Promise<unknown>, message: string | RegExp) => {
    const error = await attempt.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain("\n");
    return error;
  };

  test("a missing file, a folder, an empty file, another format", async () => {
    expect(await refused(readImage("nowhere.png"), "nowhere.png: no such file")).toBeInstanceOf(
      UnreadableImageError,
    );
    await refused(readImage(pathOf(".")), "it is a folder; give an image file");
    await refused(readImage(new Uint8Array(0)), "the file is empty");
    await refused(readImage(new TextEncoder().encode("GIF89a…")), "neither a PNG nor a TIFF");
  });

  test("a page that is not there", async () => {
    await refused(readImage(pathOf("uint8-pages.tif"), { page: 3 }), "it has 3 pages; page 3 was asked for");
    await refused(readImage(pathOf("uint8-grey.png"), { page: 1 }), "a PNG has 1 page; page 1 was asked for");
  });

  test("more pixels than maxPixels, before they are decoded", async () => {
    for (const file of ["uint8-grey.png", "uint8-le.tif"]) {
      await refused(readImage(pathOf(file), { maxPixels: 1000 }), "45 × 37 is more than maxPixels, 1000");
    }
  });

  test.each([
    "uint8-le.tif",
    "uint16-lzw-predictor.tif",
    "uint8-zlib-tiles.tif",
    "uint16-bigtiff.tif",
    "uint8-rgb.png",
  ])("%s cut short anywhere", async (file) => {
    const bytes = await readFile(pathOf(file));
    for (const share of [0.02, 0.3, 0.6, 0.9, 0.99]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      expect(await refused(readImage(cut), /./)).toBeInstanceOf(UnreadableImageError);
    }
  });

  test("a PNG with a wrong checksum", async () => {
    const bytes = new Uint8Array(await readFile(pathOf("uint8-grey.png")));
    bytes[bytes.indexOf(0x49, 40) + 10] ^= 1;
    expect(await refused(readImage(bytes), /./)).toBeInstanceOf(UnreadableImageError);
  });

  test("colours and fractions as labels", async () => {
    expect(
      await refused(readLabels(pathOf("uint8-rgb.png")), "labels need one channel, but this has 3"),
    ).toBeInstanceOf(TypeError);
    await refused(
      readLabels(pathOf("float32-le.tif")),
      "labels must be whole numbers of 32 bits, but x 1, y 0 holds -2.125",
    );
  });
});
