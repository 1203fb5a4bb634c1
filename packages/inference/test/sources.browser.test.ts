import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgl";
import { asPredictor, predictTiled } from "@unet/inference";
import { tiffSource } from "@unet/inference/tiff";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { beforeAll, expect, test } from "vitest";
import { smallUNet } from "./small-unet.js";

beforeAll(() => tf.setBackend("webgl"));

/** What make-fixtures.py wrote, one value. */
const value = (x: number, y: number, c: number, z: number) => (7 * x + 13 * y + 29 * c + 41 * z) % 251;
const part = { x: 14, y: 9, width: 20, height: 11 };

test("a page reads parts of an OME-TIFF", async () => {
  const response = await fetch(new URL("fixtures/planes.ome.tif", import.meta.url));
  const tiff = await tiffSource(await response.blob(), { index: 1 });
  expect(tiff).toMatchObject({ length: 3, width: 45, height: 37, channels: 2 });
  expect([...(await tiff.read(part)).data.subarray(0, 2)]).toEqual([value(14, 9, 0, 1), value(14, 9, 1, 1)]);
});

test("tiles stay below the largest texture; a page writes OME-Zarr into a store of its own", async () => {
  const model = smallUNet({ padding: "valid", depth: 2 });
  const { maxPixels, bytesPerPixel } = asPredictor(model);
  const texels = tf.env().getNumber("WEBGL_MAX_TEXTURE_SIZE") ** 2;
  // The largest matrix is of the windows of the 3 × 3 convolution of 2 + 3 channels at the full size.
  expect(maxPixels).toBe(Math.floor(texels / (9 * 5)));
  expect(bytesPerPixel).toBeGreaterThan(4 * 9 * 5);

  const [width, height] = [90, 70];
  const image = {
    width,
    height,
    channels: 1,
    data: Float32Array.from({ length: 6300 }, (_, i) => Math.sin(i)),
  };
  const values = new Map<string, Uint8Array>();
  const store = {
    get: async (key: string) => values.get(key),
    set: async (key: string, bytes: Uint8Array) => void values.set(key, bytes),
    has: async (key: string) => values.has(key),
  };
  const sink = await zarrSink(store, { width, height, channels: 2, chunk: 32, compression: "zstd" });
  await predictTiled(image, model, { tileSize: 84, sink });
  const scores = await (await zarrSource(store)).read({ x: 0, y: 0, width, height });
  const whole = await predictTiled(image, model);
  whole.data.forEach((score, i) => {
    expect(Math.abs(score - scores.data[i])).toBeLessThan(1e-3);
  });
  model.dispose();
});
