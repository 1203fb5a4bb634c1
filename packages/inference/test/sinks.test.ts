import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { type Image, randomAt, readImage, readLabels } from "@unet/image";
import { openTiff, TIFF_HEADER } from "@unet/image/tiff";
import { type Predictor, predictTiled, type TileSink } from "@unet/inference";
import { tiffLabelSink, tiffSink, tiffSource } from "@unet/inference/tiff";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TiffToWrite, tiffFile } from "../src/tiff/tiff-file.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-sinks-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Scores (v, 1 − v) of each pixel v, for tiles of steps of 8. */
const predictor: Predictor = {
  geometry: {
    padding: "valid",
    margin: 2,
    multiple: 8,
    outputSize: (input) => input - 4,
    inputSize: (output) => Math.ceil(output / 8) * 8 + 4,
  },
  channels: 1,
  classes: 2,
  gives: "scores",
  async predict({ count, width, height, data }) {
    const scores: number[] = [];
    for (let n = 0; n < count; n++) {
      for (let y = 2; y < height - 2; y++) {
        for (let x = 2; x < width - 2; x++) {
          const value = data[(n * height + y) * width + x];
          scores.push(value, 1 - value);
        }
      }
    }
    return Float32Array.from(scores);
  },
};

const [width, height] = [150, 107];
const random = randomAt(1, "sinks", 0);
const image: Image<Float32Array> = {
  width,
  height,
  channels: 1,
  data: Float32Array.from({ length: width * height }, () => Math.fround(random())),
};
const size = { width, height, channels: 2 };

test("a TIFF sink writes what memory gets, under its name only when it is whole", async () => {
  const path = join(folder, "scores.tif");
  const sink = await tiffSink(path, { ...size, tile: 32 });
  expect((await readdir(folder)).filter((name) => name === "scores.tif")).toEqual([]);
  await predictTiled(image, predictor, { tileSize: 84, sink });
  expect(await readImage(path)).toEqual(await predictTiled(image, predictor));
  const source = await tiffSource(path);
  expect(source.block).toEqual({ width, height: 32 });
  await source.close();
  expect(await readdir(folder)).toEqual(["scores.tif"]);
});

test("what ImageJ can't open by itself is a BigTIFF in tiles, and that is said", async () => {
  const path = join(folder, "large.tif");
  const notices: string[] = [];
  const pixelSize = { x: 0.5, y: 0.25, unit: "µm" };
  const layout: TiffToWrite = {
    ...size,
    tile: 32,
    type: "float32",
    holds: "probabilities",
    pixelSize,
    onNotice: (notice) => notices.push(notice),
  };
  // It counts what it holds as more than ImageJ takes.
  const sink = await tiffFile(path, layout, "test", size.width * size.height * 2 * 4);
  await predictTiled(image, predictor, { tileSize: 84, sink });
  expect(await readImage(path)).toEqual(await predictTiled(image, predictor));
  expect((await readFile(path))[2]).toBe(43);
  const file = await openTiff(path);
  expect(file).toMatchObject({ holds: "probabilities", pixelSize });
  expect((await file.open(0)).block).toEqual({ width: 32, height: 32 });
  await file.close();
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain("ImageJ needs Bio-Formats");
});

test("a TIFF's strips stand in their order, however long each takes to compress", async () => {
  const path = join(folder, "ordered.tif");
  const part = { width: 4096, height: 64, channels: 1 };
  // Its first strip, of 4 rows, takes longest.
  const data = new Float32Array(part.width * part.height).map((_, i) => (i < 4 * part.width ? random() : 0));
  const sink = await tiffSink(path, { ...part, tile: 64 });
  await sink.write({ x: 0, y: 0, ...part }, { ...part, data });
  await sink.close?.(true);
  const first = inflateSync((await readFile(path)).subarray(TIFF_HEADER));
  expect(first.equals(Buffer.from(data.buffer, 0, 4 * 4 * part.width))).toBe(true);
});

test("a TIFF of labels has 16 bits where they fit", async () => {
  const labels = { width: 5, height: 2, data: Int32Array.from({ length: 10 }, (_, i) => i) };
  const scores = { width: 5, height: 2, channels: 1, data: new Float32Array(10) };
  for (const [count, bits] of [
    [65_535, 16],
    [65_536, 32],
  ]) {
    const path = join(folder, `${bits}.tif`);
    const sink = await tiffLabelSink(path, { width: 5, height: 2 });
    await sink.write({ x: 0, y: 0, width: 5, height: 2 }, labels, scores, count);
    await sink.close?.(true);
    expect(await readLabels(path)).toEqual(labels);
    expect((await readImage(path)).data.BYTES_PER_ELEMENT).toBe(bits / 8);
  }
});

test("a TIFF that is not completed leaves nothing behind", async () => {
  const before = await readdir(folder);
  const sink = await tiffSink(join(folder, "stopped.tif"), { ...size, tile: 32 });
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  const attempt = predictTiled(image, predictor, {
    tileSize: 68,
    sink,
    onProgress,
    signal: controller.signal,
  });
  await expect(attempt).rejects.toMatchObject({ name: "AbortError" });
  expect(await readdir(folder)).toEqual(before);
  await expect(tiffSink("x.tif", { ...size, tile: 20 })).rejects.toThrow("a multiple of 16, got 20");
});

test("beyond 4 GiB a TIFF is a BigTIFF", async () => {
  const path = join(folder, "big.tif");
  const [side, tile] = [33_000, 1024];
  const sink = await tiffSink(path, { width: side, height: side, channels: 1, tile });
  for (let y = 0; y < side; y += tile) {
    const part = { width: side, height: Math.min(tile, side - y), channels: 1 };
    const data = new Float32Array(part.width * part.height);
    data[5] = y + 1;
    await sink.write({ x: 0, y, ...part }, { ...part, data });
  }
  await sink.close?.(true);
  expect((await readFile(path)).subarray(0, 4)).toEqual(Buffer.from([0x49, 0x49, 43, 0]));
  const source = await tiffSource(path);
  expect(source).toMatchObject({ width: side, height: side });
  expect((await source.read({ x: 4, y: 31 * tile, width: 3, height: 1 })).data).toEqual(
    Float32Array.of(0, 31 * tile + 1, 0),
  );
  await source.close();
});

describe("an OME-Zarr sink", () => {
  test.each(["zstd", "none"] as const)("writes what memory gets, %s", async (compression) => {
    const path = join(folder, `${compression}.zarr`);
    const sink = await zarrSink(path, { ...size, chunk: 32, compression });
    await predictTiled(image, predictor, { tileSize: 84, sink });
    const source = await zarrSource(path);
    expect(source).toMatchObject({ ...size, block: { width: 32, height: 32 } });
    expect(await source.read({ x: 0, y: 0, width, height })).toEqual(await predictTiled(image, predictor));
    const { ome } = JSON.parse(await readFile(join(path, "zarr.json"), "utf8")).attributes;
    expect(ome.version).toBe("0.5");
    expect(ome.multiscales[0].axes.map(({ name }: { name: string }) => name)).toEqual(["c", "y", "x"]);
  });

  test("takes up an interrupted run: what is there is not computed again", async () => {
    const path = join(folder, "resumed.zarr");
    const options = { ...size, chunk: 32, run: "a" };
    let computed = 0;
    const counting: Predictor = {
      ...predictor,
      predict(tiles) {
        computed += tiles.count;
        return predictor.predict(tiles);
      },
    };
    const start = async (sink: TileSink, stopAt?: number) => {
      const controller = new AbortController();
      return predictTiled(image, counting, {
        tileSize: 36,
        sink,
        signal: controller.signal,
        onProgress: ({ done }) => done === stopAt && controller.abort(),
      });
    };
    await expect(start(await zarrSink(path, options), 7)).rejects.toThrow("stopped after 7 of 20 tiles");
    expect(await readdir(folder)).toContain("resumed.zarr.part");
    await expect(zarrSink(path, { ...options, run: "b" })).rejects.toThrow("holds part of another run");
    computed = 0;
    await start(await zarrSink(path, options));
    expect(computed).toBe(13);
    const source = await zarrSource(path);
    expect(await source.read({ x: 0, y: 0, width, height })).toEqual(await predictTiled(image, predictor));
    expect(await readdir(folder)).not.toContain("resumed.zarr.part");
    await expect(zarrSink(path, options)).rejects.toThrow("resumed.zarr exists; remove it, or name another");
  });

  test("leaves nothing behind where nothing was computed", async () => {
    const path = join(folder, "refused.zarr");
    const sink = await zarrSink(path, { ...size, chunk: 64 });
    await expect(predictTiled(image, predictor, { sink, memory: 1000 })).rejects.toThrow("memory must be");
    expect(await readdir(folder)).not.toContain("refused.zarr.part");
  });

  test("writes into any store", async () => {
    const values = new Map<string, Uint8Array>();
    const store = {
      get: async (key: string) => values.get(key),
      set: async (key: string, value: Uint8Array) => void values.set(key, value),
      has: async (key: string) => values.has(key),
    };
    await predictTiled(image, predictor, { sink: await zarrSink(store, { ...size, chunk: 64 }) });
    const source = await zarrSource(store);
    expect(await source.read({ x: 0, y: 0, width, height })).toEqual(await predictTiled(image, predictor));
  });
});
