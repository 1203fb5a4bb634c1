import { useBackend } from "@unet/backend";
import { createUNet } from "@unet/model";
import { beforeAll, expect, test } from "vitest";
import { suitableTileSize } from "../src/samples/tile-size.js";

beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
});

test("tiles are the paper's, smaller for small images, and smaller still where memory is short", async () => {
  const model = createUNet({ filters: 4 });
  const plenty = 2 ** 40;
  const size = (side: number, memory: number) =>
    suitableTileSize(model, { width: side, height: side + 9 }, memory);
  expect(await size(512, plenty)).toBe(572);
  expect(await size(100, plenty)).toBe(284);
  const little = await size(512, 25e6);
  expect(little).toBeLessThan(572);
  expect((little - 188) % 16).toBe(0);
  // Twice the memory for twice the pixels, but for what the margin takes.
  const more = await size(512, 50e6);
  expect((more / little) ** 2).toBeGreaterThan(1.8);
  expect((more / little) ** 2).toBeLessThan(2.3);
  expect(await size(512, 1)).toBe(188);
  model.dispose();
});
