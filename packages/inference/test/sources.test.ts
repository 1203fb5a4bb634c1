import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Image, Rect } from "@unet/image";
import type { WindowedSource } from "@unet/inference";
import { tiffSource } from "@unet/inference/tiff";
import { zarrSource } from "@unet/inference/zarr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const fixtures = new URL("fixtures/", import.meta.url);
const pathOf = (file: string) => fileURLToPath(new URL(file, fixtures));

let server: Server;
let address: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "");
    try {
      const bytes = readFileSync(pathOf(`.${request.url}`));
      if (!range) return response.end(bytes);
      const [first, last] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
      response.writeHead(206, { "content-range": `bytes ${first}-${last}/${bytes.length}` });
      return response.end(bytes.subarray(first, last + 1));
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** What make-fixtures.py wrote. */
function expected(rect: Rect, channels: number, z = 0, step = 1): number[] {
  const values: number[] = [];
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    for (let x = rect.x; x < rect.x + rect.width; x++) {
      for (let c = 0; c < channels; c++) values.push((7 * x * step + 13 * y * step + 29 * c + 41 * z) % 251);
    }
  }
  return values;
}

const parts: Rect[] = [
  { x: 0, y: 0, width: 45, height: 37 },
  { x: 14, y: 9, width: 20, height: 11 },
  { x: 44, y: 36, width: 1, height: 1 },
];

async function expectParts(source: WindowedSource, values: (rect: Rect) => number[], type: string) {
  for (const rect of parts) {
    const part: Image = await source.read(rect);
    expect(part).toMatchObject({ width: rect.width, height: rect.height, channels: source.channels });
    expect(part.data.constructor.name).toBe(type);
    expect([...part.data]).toEqual(values(rect));
  }
}

describe("Zarr of zarr-python, read by chunk", () => {
  test.each([
    ["a folder", () => pathOf("v2.zarr")],
    ["a file URL", () => new URL("v2.zarr", fixtures)],
    ["an address", () => `${address}/v2.zarr`],
  ])("OME-Zarr 0.4 of five axes, from %s", async (_, where) => {
    const source = await zarrSource(where(), { z: 1 });
    expect(source).toMatchObject({ width: 45, height: 37, channels: 2, block: { width: 32, height: 20 } });
    await expectParts(source, (rect) => expected(rect, 2, 1), "Uint16Array");
  });

  test("OME-Zarr 0.5 with shards", async () => {
    const source = await zarrSource(pathOf("v3.zarr"));
    expect(source).toMatchObject({ width: 45, height: 37, channels: 3 });
    await expectParts(source, (rect) => expected(rect, 3), "Uint8Array");
  });

  test("a plain array of float64", async () => {
    const source = await zarrSource(pathOf("plain.zarr"));
    expect(source).toMatchObject({ width: 45, height: 37, channels: 1, block: { width: 20, height: 20 } });
    await expectParts(source, (rect) => expected(rect, 1).map((value) => value / 8 - 3), "Float32Array");
  });

  test("a smaller level", async () => {
    const source = await zarrSource(pathOf("v2.zarr"), { level: 1, z: 0 });
    const rect = { x: 3, y: 5, width: 20, height: 14 };
    expect(source).toMatchObject({ width: 23, height: 19 });
    expect([...(await source.read(rect)).data]).toEqual(expected(rect, 2, 0, 2));
  });

  test("levels and planes that are not there are named", async () => {
    await expect(zarrSource(pathOf("v2.zarr"), { level: 2 })).rejects.toThrow(
      "has 2 levels, and level 2 was",
    );
    await expect(zarrSource(pathOf("v2.zarr"), { z: 2 })).rejects.toThrow(
      "its z goes from 0 to 1; 2 was asked",
    );
    await expect(zarrSource(pathOf("nowhere.zarr"))).rejects.toThrow();
  });
});

describe("OME-TIFF of tifffile, read by tile", () => {
  test.each([
    ["a path", () => pathOf("planes.ome.tif")],
    ["an address", () => `${address}/planes.ome.tif`],
  ])("channels in pages of their own are put together, from %s", async (_, where) => {
    for (const index of [0, 2]) {
      const source = await tiffSource(where(), { index });
      expect(source).toMatchObject({ length: 3, width: 45, height: 37, channels: 2 });
      expect(source.block).toEqual({ width: 16, height: 16 });
      await expectParts(source, (rect) => expected(rect, 2, index), "Uint16Array");
      await source.close();
    }
  });

  test("an image that is not there is named", async () => {
    await expect(tiffSource(pathOf("planes.ome.tif"), { index: 9 })).rejects.toThrow(
      "index must be 0 to 2, got 9",
    );
  });
});
