import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodePng,
  type Image,
  randomAt,
  readImage,
  readLabelStack,
  readLabels,
  readStack,
  writeImage,
  writeLabels,
} from "@unet/image";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-image-"));
});
afterEach(() => rm(folder, { recursive: true }));

function noise<Data extends Uint8Array | Uint16Array | Float32Array>(
  make: new (length: number) => Data,
  channels = 1,
  width = 301,
  height = 207,
): Image<Data> {
  const random = randomAt(1, make.name, channels);
  const data = new make(width * height * channels);
  const scale = make.name === "Uint8Array" ? 256 : make.name === "Uint16Array" ? 65536 : 1;
  for (let i = 0; i < data.length; i++) data[i] = random() * scale;
  return { width, height, channels, data };
}

test.each([
  ["tif", noise(Uint8Array)],
  ["tif", noise(Uint16Array)],
  ["tif", noise(Float32Array)],
  ["tif", noise(Uint8Array, 3)],
  ["tif", noise(Uint16Array, 3)],
  ["tif", noise(Float32Array, 2)],
  ["tif", noise(Float32Array, 5)],
  ["tif", noise(Uint8Array, 1, 1, 1)],
  ["png", noise(Uint8Array)],
  ["png", noise(Uint16Array)],
  ["png", noise(Uint8Array, 3)],
  ["png", noise(Uint16Array, 3)],
])("an image written as .%s comes back as it was", async (extension, image) => {
  const path = join(folder, `image.${extension}`);
  await writeImage(path, image);
  expect(await readImage(path)).toEqual(image);
  expect(await readdir(folder)).toEqual([`image.${extension}`]);
});

test("a stack comes back page by page, of different sizes too", async () => {
  const stack = [noise(Float32Array), noise(Float32Array, 1, 20, 30), noise(Float32Array, 1, 301, 5)];
  await writeImage(join(folder, "stack.tiff"), stack);
  expect(await readStack(join(folder, "stack.tiff"))).toEqual(stack);
});

const labels = (...values: number[]) => ({ width: values.length, height: 1, data: Int32Array.from(values) });

test.each([
  ["8 bits", [0, 255], 8],
  ["16 bits", [0, 256], 16],
  ["32 bits", [0, 65536], 32],
  ["signed 32 bits", [-1, 3], 32],
])("labels take the smallest of 8, 16 and 32 bits that holds them: %s", async (_, values, bits) => {
  const path = join(folder, "labels.tif");
  await writeLabels(path, [labels(...values), labels(1, 2)]);
  expect(await readLabelStack(path)).toEqual([labels(...values), labels(1, 2)]);
  const { fromArrayBuffer } = await import("geotiff");
  const bytes = await (await import("node:fs/promises")).readFile(path);
  const tiff = await fromArrayBuffer(new Uint8Array(bytes).buffer);
  expect((await tiff.getImage()).getBitsPerSample()).toBe(bits);
});

test("labels as PNG", async () => {
  const path = join(folder, "labels.png");
  await writeLabels(path, labels(0, 7, 300));
  expect(await readLabels(path)).toEqual(labels(0, 7, 300));
});

describe("what can't be written gets one line, and no file", () => {
  test.each([
    ["image.jpg", noise(Uint8Array), "the path must end in .png, .tif or .tiff"],
    ["image.png", noise(Float32Array), "PNG holds 8 or 16-bit values, got float"],
    ["image.png", noise(Uint8Array, 2), "PNG holds 1 or 3 channels, got 2"],
    ["image.png", [noise(Uint8Array), noise(Uint8Array)], "PNG holds one page, got 2"],
    ["image.tif", [], "there is nothing to write"],
    ["image.tif", { width: 0, height: 4, channels: 1, data: new Uint8Array(0) }, "at least 1, got 0 × 4 × 1"],
  ] as const)("%s", async (name, image, message) => {
    await expect(writeImage(join(folder, name), image as Image)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  test("labels beyond what PNG holds", async () => {
    await expect(writeLabels(join(folder, "labels.png"), labels(-1))).rejects.toThrow(
      "PNG holds labels from 0 to 65535",
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("a folder that is not there, and the file before stays", async () => {
    await expect(writeImage(join(folder, "none", "image.png"), noise(Uint8Array))).rejects.toThrow();
    const path = join(folder, "image.png");
    await writeFile(path, "before");
    await expect(writeImage(path, noise(Float32Array))).rejects.toThrow();
    expect(await (await import("node:fs/promises")).readFile(path, "utf8")).toBe("before");
  });
});

test("PNG bytes can be had without a file", async () => {
  const image = noise(Uint8Array, 3, 8, 6);
  expect(await readImage(await encodePng(image))).toEqual(image);
});
