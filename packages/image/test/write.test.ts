import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import {
  encodeLabels,
  encodePng,
  encodeTiff,
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

test("the bytes of a small TIFF are as TIFF 6.0 lays them down", async () => {
  const page = {
    width: 3,
    height: 2,
    channels: 3,
    data: Uint8Array.from({ length: 18 }, (_, i) => 10 * i),
  };
  const bytes = await encodeTiff([page, { width: 1, height: 1, channels: 1, data: Float32Array.of(0.5) }]);
  const view = new DataView(bytes.buffer);
  expect(String.fromCharCode(...bytes.subarray(0, 2))).toBe("II");
  expect(view.getUint16(2, true)).toBe(42);

  const first = directory(view, view.getUint32(4, true));
  expect(first.entries.map(([tag]) => tag)).toEqual([256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 339]);
  const strip = value(first, 273);
  const size = value(first, 279);
  expect(first.entries.filter(([, , count]) => count === 1)).toEqual([
    [256, 4, 1, 3],
    [257, 4, 1, 2],
    [259, 3, 1, 8],
    [262, 3, 1, 2],
    [273, 4, 1, strip],
    [277, 3, 1, 3],
    [278, 4, 1, 2],
    [279, 4, 1, size],
    [284, 3, 1, 1],
  ]);
  const shorts = (at: number) => [0, 2, 4].map((i) => view.getUint16(at + i, true));
  expect([shorts(value(first, 258)), shorts(value(first, 339))]).toEqual([
    [8, 8, 8],
    [1, 1, 1],
  ]);
  expect(inflateSync(bytes.subarray(strip, strip + size)).toString("hex")).toBe(
    Buffer.from(page.data.buffer).toString("hex"),
  );

  const second = directory(view, first.next);
  expect([258, 262, 339].map((tag) => value(second, tag))).toEqual([32, 1, 3]);
  expect(second.next).toBe(0);
  for (const at of [view.getUint32(4, true), first.next, strip]) expect(at % 2).toBe(0);
});

type Directory = { entries: [tag: number, type: number, count: number, value: number][]; next: number };

function directory(view: DataView, at: number): Directory {
  const count = view.getUint16(at, true);
  const entries = Array.from({ length: count }, (_, i): Directory["entries"][0] => {
    const entry = at + 2 + 12 * i;
    return [
      view.getUint16(entry, true),
      view.getUint16(entry + 2, true),
      view.getUint32(entry + 4, true),
      view.getUint32(entry + 8, true),
    ];
  });
  return { entries, next: view.getUint32(at + 2 + 12 * count, true) };
}

function value({ entries }: Directory, wanted: number): number {
  return entries.find(([tag]) => tag === wanted)?.[3] ?? Number.NaN;
}

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

test("encodeLabels gives the bytes that writeLabels writes", async () => {
  const labels = { width: 3, height: 2, data: Int32Array.of(0, 1, 300, 70000, -1, 2) };
  const path = join(folder, "labels.tif");
  await writeLabels(path, [labels, labels]);
  const bytes = await encodeLabels([labels, labels]);
  expect(await readFile(path)).toEqual(Buffer.from(bytes));
  expect((await readLabelStack(bytes)).map(({ data }) => data)).toEqual([labels.data, labels.data]);
  await expect(encodeLabels([])).rejects.toThrow("labels is empty");
});
