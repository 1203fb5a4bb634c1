import { encodePng, encodeTiff, readImage, readLabels, readStack, writeImage } from "@unet/image";
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
  ["uint16-be-predictor.tif", 1, 65536],
  ["uint16-minis-white.tif", 1, 65536],
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

test("floats in Chromium are the floats in Node", async () => {
  const pages = await readStack(new URL("./fixtures/float32-pages-big-endian.tif", import.meta.url));
  expect(pages).toHaveLength(2);
  expect(Array.from(pages[0].data)).toEqual(expected(1, 100000).map((value) => value / 8 - 3));
});

test("an image goes through a blob and back", async () => {
  const image = { width: 3, height: 2, channels: 1, data: Float32Array.of(1, -2, 0.5, 4, 5, 1e6) };
  const blob = new Blob([(await encodeTiff([image, image])) as Uint8Array<ArrayBuffer>]);
  expect(await readStack(blob)).toEqual([image, image]);
  const picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect(await readImage(await encodePng(picture))).toEqual(picture);
});

test("writing names what to do where there are no files", async () => {
  const image = { width: 1, height: 1, channels: 1, data: Uint8Array.of(1) };
  await expect(writeImage("image.png", image)).rejects.toThrow(
    "writeImage: there are no files here to write image.png; encodePng and encodeTiff give bytes",
  );
});

test("a URL that is not there gets one line", async () => {
  await expect(readImage(new URL("./fixtures/none.png", import.meta.url))).rejects.toThrow(
    /none\.png: (it can't be opened \(the server answered 404|neither a PNG nor a TIFF)/,
  );
});
