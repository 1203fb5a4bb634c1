import { sampleOrder, type TileSource, tileStream } from "@unet/augmentation";
import { describe, expect, test } from "vitest";
import { expectedTiles, options, samples, take } from "./tile-stream.js";

test.each([
  { workers: 0 },
  { workers: 1 },
  { workers: 1, prefetch: 0 },
  { workers: 2 },
  { workers: 3, prefetch: 1 },
])("the tiles depend on the seed and their number alone: %j", async (threads) => {
  expect(await take(7, threads)).toEqual(expectedTiles(7));
  expect(await take(3, { ...threads, startIndex: 4 })).toEqual(expectedTiles(3, 4));
});

test("a sample is asked for once, when a tile needs it, however long it takes to come", async () => {
  const asked: number[] = [];
  const slow = {
    length: samples.length,
    async get(index: number) {
      asked.push(index);
      await new Promise((resolve) => setTimeout(resolve, [30, 1, 10][index]));
      return samples[index];
    },
  };
  const stream = tileStream(slow, { ...options, workers: 2, prefetch: 0 });
  const order = sampleOrder(3, 9);
  expect((await stream.next()).value).toEqual(expectedTiles(1)[0]);
  expect(asked).toEqual([order(0)]);
  await stream.return();
  asked.length = 0;
  const tiles = [];
  for await (const tile of tileStream(slow, { ...options, workers: 2 })) {
    tiles.push(tile);
    if (tiles.length === 9) break;
  }
  expect(tiles).toEqual(expectedTiles(9));
  expect(asked).toEqual([order(0), order(1), order(2)]);
});

test("takes a part of a larger buffer for what it is, and leaves the caller's samples alone", async () => {
  const [{ image, labels, weights }] = samples;
  const buffer = new Float32Array(image.data.length + 8);
  buffer.set(image.data, 5);
  const part = { image: { ...image, data: buffer.subarray(5, 5 + image.data.length) }, labels, weights };
  const from = [part, samples[1], samples[2]];
  expect(await take(4, {}, from)).toEqual(expectedTiles(4));
  expect(await take(4, {}, from)).toEqual(expectedTiles(4));
});

describe("what goes wrong is told by the tile concerned, and ends the stream", () => {
  test.each([0, 1, 2])("in deformTile, %i workers", async (workers) => {
    const stream = tileStream(samples, { ...options, workers, scaling: -1 });
    await expect(stream.next()).rejects.toThrow(
      new RangeError("deformTile: scaling must be from 0 to 100, got -1"),
    );
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test.each([0, 1, 2])("in samples.get, %i workers", async (workers) => {
    const bad = sampleOrder(3, 9)(2);
    const get = (index: number) => {
      if (index === bad) throw new Error("no such file");
      return samples[index];
    };
    const stream = tileStream({ length: 3, get }, { ...options, workers });
    const [first, second] = expectedTiles(2);
    expect((await stream.next()).value).toEqual(first);
    expect((await stream.next()).value).toEqual(second);
    await expect(stream.next()).rejects.toThrow("no such file");
  });

  test.each([
    [[], {}, "tileStream: samples must hold at least one, got none"],
    [samples, { workers: 1.5 }, "tileStream: workers must be a whole number from 0 to 64, got 1.5"],
    [samples, { workers: 300 }, "tileStream: workers must be a whole number from 0 to 64, got 300"],
    [samples, { prefetch: -1 }, "tileStream: prefetch must be a whole number from 0 to 1024, got -1"],
  ])("in the options", async (from, given, message) => {
    await expect(take(1, given, from)).rejects.toThrow(new RangeError(message));
  });
});

describe.each([0, 1, 2])("a signal, %i workers", (workers) => {
  test("that comes before", async () => {
    await expect(take(1, { workers, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  test("that comes while a tile is waited for", async () => {
    const controller = new AbortController();
    let give: (source: TileSource) => void = () => {};
    let get = (): Promise<TileSource> => Promise.reject();
    const asked = new Promise<void>((tell) => {
      get = () => {
        tell();
        return new Promise((resolve) => {
          give = resolve;
        });
      };
    });
    const { signal } = controller;
    const stream = tileStream({ length: 1, get: () => get() }, { ...options, workers, signal });
    const first = stream.next();
    await asked;
    controller.abort(new Error("enough"));
    give(samples[0]);
    await expect(first).rejects.toThrow("enough");
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("that comes between two tiles", async () => {
    const controller = new AbortController();
    const stream = tileStream(samples, { ...options, workers, prefetch: 0, signal: controller.signal });
    await stream.next();
    controller.abort();
    await expect(stream.next()).rejects.toMatchObject({ name: "AbortError" });
  });
});
