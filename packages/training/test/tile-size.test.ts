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
    suitableTileSize(model, { width: side, height: side + 9 }, { memory });
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

test("memory that decides the size of tiles is told of, and nothing where it doesn't", async () => {
  const model = createUNet({ filters: 4 });
  const told: string[] = [];
  const onNotice = (notice: string) => told.push(notice);
  await suitableTileSize(model, { width: 512, height: 512 }, { memory: 2 ** 40, onNotice });
  expect(told).toEqual([]);
  const tileSize = await suitableTileSize(model, { width: 512, height: 512 }, { memory: 5e7, onNotice });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    new RegExp(
      `^tiles are ${tileSize} px wide, not 572: .* take about 0\\.\\d+ GB, and it may take 0\\.05 GB of the memory that is free; the option tileSize chooses$`,
    ),
  );
  model.dispose();
});
