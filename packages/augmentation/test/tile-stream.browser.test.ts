import { expect, test } from "vitest";
import { expectedTiles, take } from "./tile-stream.js";

test.each([0, 1, 2])("tiles from %i workers are those made one by one", async (workers) => {
  expect(await take(7, { workers })).toEqual(expectedTiles(7));
});

test("what deformTile throws in a worker comes out of the stream", async () => {
  await expect(take(1, { scaling: -1 })).rejects.toThrow(
    new RangeError("deformTile: scaling must be from 0 to 100, got -1"),
  );
});
