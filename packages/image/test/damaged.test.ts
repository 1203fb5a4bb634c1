import { type Image, readImage, UnreadableImageError } from "@unet/image";
import { expect, test } from "vitest";
import { damagedImage } from "./reference/damaged-images.mjs";

const maxPixels = 2 ** 20;

// `pnpm fuzz` reads 10,000, and compares what comes out with what Pillow and tifffile read.
test.each([1, 2, 3])("240 damaged images, seed %i: unreadable, or pixels within the limits", async (seed) => {
  let [refused, read] = [0, 0];
  for (let index = 0; index < 240; index++) {
    const { name, bytes } = damagedImage(seed, index);
    const before = process.cpuUsage();
    const image: Image | Error = await readImage(bytes, { maxPixels }).catch((error) => error);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, name).toBeLessThan(1000);
    if (image instanceof Error) {
      expect(image, name).toBeInstanceOf(UnreadableImageError);
      expect(image.message, name).not.toContain("\n");
      refused++;
      continue;
    }
    const { width, height, channels, data } = image;
    expect(data.length, name).toBe(width * height * channels);
    expect(width * height, name).toBeLessThanOrEqual(maxPixels);
    expect(data.byteLength, name).toBeLessThanOrEqual(16 * maxPixels);
    read++;
  }
  expect(refused).toBeGreaterThan(120);
  expect(read).toBeGreaterThan(20);
});

test("a damaged image is the same for the same seed", () => {
  expect(damagedImage(7, 4)).toEqual(damagedImage(7, 4));
  expect(damagedImage(8, 4)).not.toEqual(damagedImage(7, 4));
});
