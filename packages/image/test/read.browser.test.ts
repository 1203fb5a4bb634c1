import { readImage, readLabels } from "@unet/image";
import { expect, test } from "vitest";

const { width, height } = { width: 45, height: 37 };

/** As in reference/make-fixtures.py. */
function expected(channels: number, modulus: number): number[] {
  return Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return (7 * (pixel % width) + 13 * Math.floor(pixel / width) + 29 * (i % channels)) % modulus;
  });
}

test.each([
  ["uint8-rgb.png", 3, 256],
  ["uint16-grey.png", 1, 65536],
  ["uint8-lzw-strips.tif", 1, 256],
  ["uint16-zlib-strips.tif", 1, 65536],
  ["uint8-packbits-tiles.tif", 1, 256],
  ["uint16-bigtiff.tif", 1, 65536],
])("Chromium reads %s from a URL and from bytes", async (file, channels, modulus) => {
  const url = new URL(`./fixtures/${file}`, import.meta.url);
  expect(Array.from((await readImage(url)).data)).toEqual(expected(channels, modulus));
  const blob = await (await fetch(url)).blob();
  expect(Array.from((await readImage(blob)).data)).toEqual(expected(channels, modulus));
});

test("labels of a palette keep their indices", async () => {
  const labels = await readLabels(new URL("./fixtures/palette.png", import.meta.url));
  expect(Array.from(labels.data)).toEqual(expected(1, 200));
});

test("a URL that is not there gets one line", async () => {
  await expect(readImage(new URL("./fixtures/none.png", import.meta.url))).rejects.toThrow(/none\.png: /);
});
