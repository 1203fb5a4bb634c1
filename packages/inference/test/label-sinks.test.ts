import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cropMirrored, type LabelImage, readLabels } from "@unet/image";
import { labelInstances, labelInstancesTiled } from "@unet/inference/instances";
import { tiffLabelSink, tiffSource } from "@unet/inference/tiff";
import { fileStore, zarrLabelSink, zarrSink } from "@unet/inference/zarr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { get, open, root } from "zarrita";
import { randomScores } from "./random-scores.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-label-sinks-"));
});
beforeEach(async () => {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const [width, height] = [150, 107];
const scores = randomScores(3, width, height, 2);
const options = { channel: 0, fillHoles: true, watershed: true, minimumSize: 4 };
const windows = {
  width,
  height,
  channels: 1,
  block: { width: 32, height: 32 },
  read: async (rect: { x: number; y: number; width: number; height: number }) => cropMirrored(scores, rect),
};
/** Reads until the last window, which it doesn't. */
const failing = {
  ...windows,
  read: async (rect: Parameters<typeof windows.read>[0]) => {
    if (writing && rect.y >= 64) throw new Error("the disk is gone");
    return windows.read(rect);
  },
};
let writing = false;
const expected = labelInstances(scores, options);

/** The labels of a Zarr, as zarrita reads them. */
async function labelsIn(path: string): Promise<LabelImage> {
  const array = await open(root(fileStore(path)).resolve("0"), { kind: "array" });
  const { data, shape } = await get(array);
  expect(data).toBeInstanceOf(Int32Array);
  return { width: shape[1], height: shape[0], data: data as Int32Array };
}

describe.each([
  {
    name: "labels.tif",
    create: (path: string) => tiffLabelSink(path, { width, height, tile: 32 }),
    read: (path: string) => readLabels(path),
  },
  {
    name: "labels.zarr",
    create: (path: string) => zarrLabelSink(path, { width, height, chunk: 32 }),
    read: labelsIn,
  },
])("$name", ({ name, create, read }) => {
  test.each([undefined, 32])("holds the labels of the whole, in strips of %s rows", async (rows) => {
    const path = join(folder, name);
    const { count } = await labelInstancesTiled(windows, await create(path), { ...options, rows });
    expect(count).toBe(Math.max(...expected.data));
    expect(count).toBeGreaterThan(20);
    expect(await read(path)).toEqual(expected);
    expect(await readdir(folder)).toEqual([name]);
  });

  test("keeps labels beyond 2^24 as they are", async () => {
    const path = join(folder, name);
    const sink = await create(path);
    const data = Int32Array.from({ length: width * height }, (_, i) => 2 ** 31 - 1 - i);
    const rect = { x: 0, y: 0, width, height };
    await sink.write(rect, { width, height, data }, scores);
    await sink.close?.(true);
    expect(await read(path)).toEqual({ width, height, data });
  });

  test("has its name only when it is whole; what failed can be done again", async () => {
    const path = join(folder, name);
    const sink = await create(path);
    const watched = {
      ...sink,
      async write(...part: Parameters<typeof sink.write>) {
        writing = true;
        await sink.write(...part);
        expect(await readdir(folder)).not.toContain(name);
      },
    };
    await expect(labelInstancesTiled(failing, watched, { ...options, rows: 32 })).rejects.toThrow(
      "the disk is gone",
    );
    writing = false;
    expect(await readdir(folder)).not.toContain(name);
    await labelInstancesTiled(windows, await create(path), options);
    expect(await read(path)).toEqual(expected);
    expect(await readdir(folder)).toEqual([name]);
  });
});

test("a Zarr of labels says that it is one, and is not taken for scores", async () => {
  const path = join(folder, "labels.zarr");
  const options = { width, height, chunk: 32, run: "a" };
  const interrupted = await zarrLabelSink(path, options);
  await interrupted.write({ x: 0, y: 0, width, height }, expected, scores);
  await interrupted.close?.(false);
  await expect(zarrSink(path, { width, height, channels: 1, chunk: 32, run: "a" })).rejects.toThrow(
    "labels.zarr.part holds part of another run",
  );
  await (await zarrLabelSink(path, options)).close?.(true);
  const { ome } = JSON.parse(await readFile(join(path, "zarr.json"), "utf8")).attributes;
  expect(ome).toMatchObject({ version: "0.5", "image-label": {} });
  expect(ome.multiscales[0].axes.map(({ name }: { name: string }) => name)).toEqual(["y", "x"]);
});

test("a Zarr is written by one at a time", async () => {
  const path = join(folder, "one.zarr");
  const options = { width, height, chunk: 32, run: "a" };
  const first = await zarrLabelSink(path, options);
  await expect(zarrLabelSink(path, options)).rejects.toThrow(
    /one\.zarr is in use by this process, since .* \(.*one\.zarr\.lock\); wait until it ends/,
  );
  await first.write({ x: 0, y: 0, width, height }, expected, scores);
  await first.close?.(true);
  expect(await readdir(folder)).not.toContain("one.zarr.lock");
  await expect(zarrLabelSink(path, options)).rejects.toThrow("one.zarr exists");
  expect(await readdir(folder)).not.toContain("one.zarr.lock");
});

test("labels in a TIFF beyond 4 GiB are in a BigTIFF", async () => {
  const path = join(folder, "big.tif");
  const [side, tile] = [33_000, 1024];
  const sink = await tiffLabelSink(path, { width: side, height: side, tile });
  const empty = { width: side, height: tile, channels: 1, data: new Float32Array(0) };
  const data = new Int32Array(side * tile);
  for (let y = 0; y < side; y += tile) {
    const part = { width: side, height: Math.min(tile, side - y) };
    data[5] = 2 ** 23 + y;
    await sink.write(
      { x: 0, y, ...part },
      { ...part, data: data.subarray(0, part.width * part.height) },
      empty,
    );
  }
  await sink.close?.(true);
  expect((await readFile(path)).subarray(0, 4)).toEqual(Buffer.from([0x49, 0x49, 43, 0]));
  const source = await tiffSource(path);
  expect((await source.read({ x: 4, y: 31 * tile, width: 3, height: 1 })).data).toEqual(
    Float32Array.of(0, 2 ** 23 + 31 * tile, 0),
  );
  await source.close();
});
