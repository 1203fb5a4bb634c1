import { encodePng, encodeTiff, type Image, metresOf, openImages, readStack } from "@unet/image";
import { describe, expect, test } from "vitest";
import { unitSymbol } from "../src/codec/pixel-size.js";
import { makeTiff } from "./make-tiff.js";

const image = (value: number, channels = 1): Image => ({
  width: 3,
  height: 2,
  channels,
  data: new Uint8Array(6 * channels).fill(value),
});

async function saidBy(bytes: Uint8Array) {
  const { pixelSize, holds, slices, frames } = await openImages(bytes);
  return { pixelSize, holds, slices, frames };
}

describe("the size of a pixel and what the values are come back from", () => {
  const pixelSize = { x: 0.5, y: 0.25, unit: "µm" };

  test("PNG", async () => {
    const said = await saidBy(await encodePng(image(1), { pixelSize, holds: "probabilities" }));
    expect(said).toEqual({ pixelSize, holds: "probabilities", slices: 1, frames: 1 });
    const nanometres = { x: 500, y: 250, unit: "nm" };
    expect((await saidBy(await encodePng(image(1), { pixelSize: nanometres }))).pixelSize).toEqual(pixelSize);
    expect(await saidBy(await encodePng(image(1)))).toMatchObject({ pixelSize: undefined, holds: undefined });
  });

  test("TIFF, with the planes of a stack", async () => {
    const deep = { ...pixelSize, z: 2 };
    const stack = [1, 2, 3, 4, 5, 6].map((value) => image(value));
    const bytes = await encodeTiff(stack, { pixelSize: deep, holds: "labels", frames: 2 });
    expect(await saidBy(bytes)).toEqual({ pixelSize: deep, holds: "labels", slices: 3, frames: 2 });
    expect((await readStack(bytes, { z: 1 })).map(({ data }) => data[0])).toEqual([2, 5]);
    await expect(encodeTiff(stack, { frames: 4 })).rejects.toThrow("frames must divide the 6 images, got 4");
  });

  test("each unit; one that ASCII lacks by its name", async () => {
    for (const unit of ["µm", "nm", "mm", "cm", "Å", "inch"]) {
      const said = await saidBy(await encodeTiff([image(1)], { pixelSize: { ...pixelSize, unit } }));
      expect(said.pixelSize).toEqual({ ...pixelSize, unit });
    }
    const hostile = await encodeTiff([image(1)], { pixelSize: { ...pixelSize, unit: "x\nimages=9" } });
    expect(await readStack(hostile)).toHaveLength(1);
  });
});

test("the size of a pixel by OME-XML and by the tags of the resolution", async () => {
  const page = { width: 1, height: 1, data: new Uint8Array(1) };
  const ome = `<OME><Image><Pixels PhysicalSizeX="65" PhysicalSizeXUnit="nm" PhysicalSizeY="0.13"
    PhysicalSizeZ="0.3" SizeC="1" SizeZ="1" SizeT="1"/></Image></OME>`;
  const { pixelSize } = await saidBy(makeTiff([{ ...page, tags: { 270: ome } }]));
  expect(pixelSize).toMatchObject({ x: 65, unit: "nm" });
  expect(pixelSize?.y).toBeCloseTo(130, 9);
  expect(pixelSize?.z).toBeCloseTo(300, 9);
});

test("names of units", () => {
  expect(["micrometer", "micron", "um", "\\u00B5m", "μm"].map(unitSymbol)).toEqual(Array(5).fill("µm"));
  expect(metresOf("nanometer")).toBe(1e-9);
  expect(unitSymbol("furlong")).toBe("furlong");
  expect(metresOf("pixel")).toBeUndefined();
});
