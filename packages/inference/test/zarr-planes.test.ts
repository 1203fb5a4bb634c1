import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openZarr, zarrSource } from "@unet/inference/zarr";
import { describe, expect, test } from "vitest";
import { bytesOf, ome, storeOf, v2, v3 } from "./zarr-files.js";

const space = (name: string, unit?: string) => ({ name, type: "space", ...(unit && { unit }) });

/** Two times, three channels, four depths of 5 × 6 px in one chunk; value 1000 t + 100 c + 10 z. */
function five(version: string, axes?: unknown[], scale?: number[]) {
  const shape = [2, 3, 4, 5, 6];
  const data = new Uint16Array(2 * 3 * 4 * 30);
  for (let i = 0; i < data.length; i++) {
    const plane = Math.floor(i / 30);
    data[i] =
      1000 * Math.floor(plane / 12) + 100 * (Math.floor(plane / 4) % 3) + 10 * (plane % 4) + ((i % 30) % 6);
  }
  const level = version === "0.5" ? v3({ shape, type: "uint16" }) : v2({ shape, type: "<u2" });
  level.set(version === "0.5" ? "/c/0/0/0/0/0" : "/0.0.0.0.0", bytesOf(data));
  const transformation = scale && { coordinateTransformations: [{ type: "scale", scale }] };
  return storeOf(ome([level], axes, { version, datasets: [{ path: "0", ...transformation }] }));
}

const all = [
  { name: "t", type: "time" },
  { name: "c", type: "channel" },
  space("z", "micrometer"),
  space("y", "micrometer"),
  space("x", "micrometer"),
];

describe.each(["0.4", "0.5"])("OME-Zarr %s of five axes", (version) => {
  test("has all its planes, times before depths, with all channels", async () => {
    const zarr = await openZarr(five(version, all));
    expect(zarr).toMatchObject({ length: 8, width: 6, height: 5, channels: 3 });
    for (let index = 0; index < 8; index++) {
      const { data } = await zarr.plane(index).read({ x: 2, y: 1, width: 1, height: 1 });
      const base = 1000 * Math.floor(index / 4) + 10 * (index % 4) + 2;
      expect([...data]).toEqual([base, base + 100, base + 200]);
    }
  });

  test("gives the planes and channels that are chosen, in that order", async () => {
    const zarr = await openZarr(five(version, all), { channel: [2, 0], z: [3, 1], t: 1 });
    expect(zarr).toMatchObject({ length: 2, channels: 2 });
    const part = { x: 0, y: 4, width: 2, height: 1 };
    expect([...(await zarr.plane(0).read(part)).data]).toEqual([1230, 1030, 1231, 1031]);
    expect([...(await zarr.plane(1).read(part)).data]).toEqual([1210, 1010, 1211, 1011]);
  });

  test("carries the pixel size", async () => {
    const { pixelSize } = await openZarr(five(version, all, [1, 1, 2, 0.5, 0.25]));
    expect(pixelSize).toEqual({ x: 0.25, y: 0.5, z: 2, unit: "µm" });
    expect((await openZarr(five(version, all))).pixelSize).toBeUndefined();
    const unnamed = await openZarr(five(version, ["t", "c", "z", "y", "x"], [1, 1, 2, 0.5, 0.25]));
    expect(unnamed.pixelSize).toEqual({ x: 0.25, y: 0.5, z: 2, unit: "" });
    const pixels = await openZarr(five(version, ["t", "c", "z", "y", "x"], [1, 1, 1, 1, 1]));
    expect(pixels.pixelSize).toBeUndefined();
  });

  test("never gives the first of several planes in silence", async () => {
    await expect(zarrSource(five(version, all))).rejects.toThrow(
      "the store has 8 planes; say which by index, 0 to 7, or by z and t",
    );
    const source = await zarrSource(five(version, all), { z: 2, t: 0, channel: 1 });
    expect([...(await source.read({ x: 0, y: 0, width: 1, height: 1 })).data]).toEqual([120]);
    await expect(zarrSource(five(version, all), { index: 8 })).rejects.toThrow("index must be 0 to 7, got 8");
  });

  test("names what isn't there", async () => {
    await expect(openZarr(five(version, all), { z: 4 })).rejects.toThrow(
      "its z goes from 0 to 3; 4 was asked for",
    );
    await expect(openZarr(five(version, all), { channel: [] })).rejects.toThrow("channel names no plane");
  });
});

describe("axes", () => {
  const axesOf = async (shape: number[], axes: unknown[] | undefined, version = "0.4") =>
    openZarr(storeOf(ome([version === "0.5" ? v3({ shape }) : v2({ shape })], axes, { version })));

  test.each([
    ["without names, as OME-Zarr 0.1", undefined, { length: 8, channels: 3, height: 5, width: 6 }],
    ["as plain names, of 0.3", ["t", "c", "z", "y", "x"], { length: 8, channels: 3, height: 5, width: 6 }],
    ["x before y", ["t", "c", "z", "x", "y"], { length: 8, channels: 3, height: 6, width: 5 }],
    [
      "by kind, where names are others",
      [
        { name: "when", type: "time" },
        { name: "stain", type: "channel" },
        space("Pos3"),
        space("Pos2"),
        space("Pos1"),
      ],
      { length: 8, channels: 3, height: 5, width: 6 },
    ],
    ["in capitals", ["T", "C", "Z", "Y", "X"], { length: 8, channels: 3, height: 5, width: 6 }],
  ])("%s", async (_, axes, expected) => {
    expect(await axesOf([2, 3, 4, 5, 6], axes)).toMatchObject(expected);
  });

  test("by _ARRAY_DIMENSIONS of v2 and dimension_names of v3", async () => {
    const old = v2({ shape: [4, 5, 6] });
    expect(await openZarr(storeOf(old))).toMatchObject({ length: 1, channels: 4 });
    old.set("/.zattrs", new TextEncoder().encode('{"_ARRAY_DIMENSIONS":["depth","row","column"]}'));
    expect(await openZarr(storeOf(old))).toMatchObject({ length: 4, channels: 1, height: 5, width: 6 });
    const named = v3({ shape: [4, 5, 6], more: { dimension_names: ["z", "y", "x"] } });
    expect(await openZarr(storeOf(named))).toMatchObject({ length: 4, channels: 1, height: 5, width: 6 });
  });

  test("that can't be an image's are named", async () => {
    await expect(axesOf([2, 3], ["y", "q"])).rejects.toThrow(
      "it has the axes y, q of shape 2 × 3; they must be",
    );
    await expect(axesOf([2, 3, 4], ["y", "x"])).rejects.toThrow("it has the axes y, x of shape 2 × 3 × 4");
    await expect(axesOf([2, 3, 4], ["x", "y", "x"])).rejects.toThrow("they must be y, x and of t, c, z");
  });
});

const cases = fileURLToPath(new URL("../../../../shared/cases/ome4_zyx.zarr", import.meta.url));
test.skipIf(!existsSync(cases))(
  "a stack of OME-Zarr 0.4 has three planes (needs ../shared/cases)",
  async () => {
    const zarr = await openZarr(cases);
    expect(zarr).toMatchObject({ length: 3, width: 53, height: 37, channels: 1 });
    const planes = await Promise.all(
      [0, 1, 2].map((z) => zarr.plane(z).read({ x: 0, y: 0, width: 53, height: 37 })),
    );
    expect(planes[0].data).not.toEqual(planes[1].data);
    expect(planes[1].data).not.toEqual(planes[2].data);
  },
);
