import { planTiles, type TileGeometry } from "@unet/inference/tiles";
import fc from "fast-check";
import { expect, test } from "vitest";

/** The U-Net's geometry by its formulas: two 3×3 convolutions a block. */
function unetGeometry(depth: number, padding: "valid" | "same"): TileGeometry {
  const multiple = 2 ** depth;
  const margin = 6 * multiple - 4;
  const smallest = padding === "valid" ? 12 * multiple - 4 : multiple;
  const loss = padding === "valid" ? 2 * margin : 0;
  const first = padding === "valid" ? ((loss % multiple) + multiple) % multiple : 0;
  const fits = (n: number) =>
    n - loss >= 1 && n >= multiple && (n - first) % multiple === (smallest - first) % multiple;
  return {
    padding,
    multiple,
    margin: padding === "valid" ? margin : Math.ceil(margin / multiple) * multiple,
    outputSize(n) {
      if (!fits(n)) throw new RangeError(`${n}`);
      return n - loss;
    },
    inputSize(atLeast) {
      let n = loss + 1;
      while (!fits(n) || n - loss < atLeast) n++;
      return n;
    },
  };
}

test("every pixel is written exactly once, by tiles whose inputs hold the whole context", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom("valid" as const, "same" as const),
      fc.integer({ min: 1e5, max: 1e9 }),
      (width, height, depth, padding, memory) => {
        const geometry = unetGeometry(depth, padding);
        const written = new Uint8Array(width * height);
        for (const { input, output } of planTiles({ width, height }, geometry, { memory })) {
          expect(output.x % geometry.multiple).toBe(0);
          expect(output.y % geometry.multiple).toBe(0);
          expect(input.x).toBe(output.x - geometry.margin);
          expect(input.y).toBe(output.y - geometry.margin);
          const drop = padding === "valid" ? 0 : 2 * geometry.margin;
          expect(geometry.outputSize(input.width) - drop).toBeGreaterThanOrEqual(output.width);
          expect(geometry.outputSize(input.height) - drop).toBeGreaterThanOrEqual(output.height);
          for (let y = output.y; y < output.y + output.height; y++) {
            for (let x = output.x; x < output.x + output.width; x++) written[y * width + x]++;
          }
        }
        expect(written.every((times) => times === 1)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("the paper's tiles of 572 lie 384 apart", () => {
  const tiles = planTiles({ width: 768, height: 384 }, unetGeometry(4, "valid"), { tileSize: 572 });
  expect(tiles.map(({ output }) => output)).toEqual([
    { x: 0, y: 0, width: 384, height: 384 },
    { x: 384, y: 0, width: 384, height: 384 },
  ]);
});

test("refuses an empty image and a tile that the network can't take", () => {
  const geometry = unetGeometry(4, "valid");
  expect(() => planTiles({ width: 0, height: 5 }, geometry)).toThrow(
    "width must be a whole number of at least 1, got 0",
  );
  expect(() => planTiles({ width: 600, height: 600 }, geometry, { tileSize: 573 })).toThrow(RangeError);
});
