import { cropMirrored, type Image, type Rect, randomAt, resize } from "@unet/image";
import { resized } from "@unet/inference";
import fc from "fast-check";
import { expect, test } from "vitest";

function noise(width: number, height: number, channels = 1): Image<Uint8Array> {
  const random = randomAt(1, "noise", width);
  const data = new Uint8Array(width * height * channels).map(() => 256 * random());
  return { width, height, channels, data };
}

/** An image that remembers what is read of it. */
function watched(image: Image, block?: { width: number; height: number }) {
  const reads: Rect[] = [];
  const read = async (rect: Rect) => {
    reads.push(rect);
    return cropMirrored(image, rect);
  };
  return { width: image.width, height: image.height, channels: image.channels, block, read, reads };
}

test("windows equal the whole to the bit, at any size", async () => {
  const side = fc.integer({ min: 1, max: 60 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(side, side, side, side),
      fc.tuple(share, share, share, share),
      fc.constantFrom(1, 3),
      async ([w, h, width, height], [left, top, right, bottom], channels) => {
        const image = noise(w, h, channels);
        const [x, y] = [Math.floor(left * (width - 1)), Math.floor(top * (height - 1))];
        const rect = {
          x,
          y,
          width: 1 + Math.floor(right * (width - 1 - x)),
          height: 1 + Math.floor(bottom * (height - 1 - y)),
        };
        const part = await resized(image, { width, height }).read(rect);
        const whole = resize(image, { width, height });
        expect(Array.from(part.data)).toEqual(Array.from(cropMirrored(whole, rect).data));
      },
    ),
    { numRuns: 200 },
  );
});

test("a large window is read in parts of the source, and is the same", async () => {
  const image = noise(3001, 3000);
  const source = watched(image);
  const small = await resized(source, { width: 301, height: 299 }).read({
    x: 0,
    y: 0,
    width: 301,
    height: 299,
  });
  expect(small.data).toEqual(resize(image, { width: 301, height: 299 }).data);
  expect(source.reads.length).toBe(3);
  for (const { width, height } of source.reads)
    expect(width * height).toBeLessThanOrEqual(2 ** 22 + 2 * 3001);
});

test("blocks of the source are passed on at the other size", () => {
  const source = watched(noise(100, 50), { width: 100, height: 16 });
  expect(resized(source, { width: 50, height: 25 }).block).toEqual({ width: 50, height: 8 });
  expect(resized(source, { width: 37, height: 19 }).block).toEqual({ width: 37, height: 7 });
  expect(resized(noise(100, 50), { width: 50, height: 25 }).block).toBeUndefined();
  expect(resized(source, { width: 100, height: 50 })).toBe(source);
});

test("what isn't finite is named where it lies in the image", async () => {
  const data = new Float32Array(40 * 30).fill(1);
  data[21 * 40 + 33] = Number.NaN;
  const source = resized({ width: 40, height: 30, channels: 1, data }, { width: 20, height: 15 });
  await expect(source.read({ x: 10, y: 8, width: 10, height: 7 })).rejects.toThrow(
    "the image holds NaN at x 33, y 21, channel 0",
  );
});
