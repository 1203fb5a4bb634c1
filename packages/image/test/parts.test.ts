import { readFileSync } from "node:fs";
import { cropMirrored, encodePng, encodeTiff, readImage } from "@unet/image";
import { openTiff } from "@unet/image/tiff";
import { expect, test } from "vitest";

const [width, height] = [19, 13];
const colours = {
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251),
};
const grey = {
  width,
  height,
  channels: 1,
  data: Uint16Array.from({ length: width * height }, (_, i) => i * 211),
};

test.each<readonly [string, () => Promise<Uint8Array>]>([
  ["PNG of colours", () => encodePng(colours)],
  ["PNG of 16 bits", () => encodePng(grey)],
  ["TIFF of colours", () => encodeTiff([colours])],
  ...["jpeg/colour.jpg", "jpeg/orientation-6.jpg", "palette.png", "one-bit.png"].map(
    (file) => [file, async () => readFileSync(new URL(`fixtures/${file}`, import.meta.url))] as const,
  ),
])("%s is read by parts as it is as a whole", async (_, bytesOf) => {
  const bytes = new Uint8Array(await bytesOf());
  const whole = await readImage(bytes);
  const plane = await (await openTiff(bytes)).open(0);
  for (const rect of [
    { x: 0, y: 0, width: 5, height: 4 },
    { x: 3, y: 2, width: whole.width - 3, height: 1 },
    { x: whole.width - 1, y: whole.height - 3, width: 1, height: 3 },
    { x: 0, y: 0, width: whole.width, height: whole.height },
    { x: 0, y: 1, width: whole.width, height: 2 },
  ]) {
    expect(await plane.read(rect), JSON.stringify(rect)).toEqual(cropMirrored(whole, rect));
  }
  expect(await plane.read()).toEqual(whole);
});
