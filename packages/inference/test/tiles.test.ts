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

const anyGeometry = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom("valid" as const, "same" as const))
  .map(([depth, padding]) => unetGeometry(depth, padding));
const sides = fc.integer({ min: 1, max: 2000 });

test("every pixel is written exactly once, by tiles that hold the whole context and fit the memory", () => {
  fc.assert(
    fc.property(
      ...([sides, sides, anyGeometry, fc.integer({ min: 1, max: 300 })] as const),
      fc.constantFrom(1, 1, 24, 64),
      (width, height, geometry, tiles, block) => {
        const least = planTiles({ width: 1, height: 1 }, geometry)[0].input.width;
        const largest = geometry.inputSize(64 * geometry.multiple + 2 * geometry.margin);
        const memory = 10 * Math.max((least + geometry.multiple * tiles) ** 2, largest ** 2);
        const written = new Uint8Array(width * height);
        const plan = planTiles({ width, height }, geometry, { memory, bytesPerPixel: 10, block });
        for (const { input, output } of plan) {
          for (const unit of [geometry.multiple, block]) {
            expect([output.x % unit, output.y % unit]).toEqual([0, 0]);
          }
          expect([input.x, input.y]).toEqual([output.x - geometry.margin, output.y - geometry.margin]);
          expect(10 * input.width * input.height).toBeLessThanOrEqual(memory);
          const drop = geometry.padding === "valid" ? 0 : 2 * geometry.margin;
          expect(geometry.outputSize(input.width) - drop).toBeGreaterThanOrEqual(output.width);
          expect(geometry.outputSize(input.height) - drop).toBeGreaterThanOrEqual(output.height);
          for (let y = output.y; y < output.y + output.height; y++) {
            for (let x = output.x; x < output.x + output.width; x++) written[y * width + x]++;
          }
        }
        expect(written.every((times) => times === 1)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

/** Every way to cut an axis into tiles of at most `largest`: the least total of inputs, then of tiles. */
function leastAxis(size: number, geometry: TileGeometry, unit: number, largest: number): [number, number] {
  const best: Array<[number, number]> = new Array(size + 1).fill([Number.POSITIVE_INFINITY, 0]);
  best[size] = [0, 0];
  for (let from = Math.floor((size - 1) / unit) * unit; from >= 0; from -= unit) {
    for (let to = Math.min(from + unit, size); ; to = Math.min(to + unit, size)) {
      const input = geometry.inputSize(to - from + (geometry.padding === "valid" ? 0 : 2 * geometry.margin));
      const [total, count] = [input + best[to][0], 1 + best[to][1]];
      const better = total < best[from][0] || (total === best[from][0] && count < best[from][1]);
      if (input <= largest && better) best[from] = [total, count];
      if (to === size) break;
    }
  }
  return best[0];
}

test("no grid of tiles within the memory has less input, nor as little in fewer tiles", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom("valid" as const, "same" as const),
      fc.constantFrom(1, 12),
      fc.integer({ min: 0, max: 40_000 }),
      (width, height, depth, padding, block, more) => {
        const geometry = unetGeometry(depth, padding);
        const { multiple, margin } = geometry;
        const unit = block === 1 ? multiple : Math.max(multiple, 4) * 3;
        const inputs: number[] = [];
        const loss = padding === "valid" ? 0 : 2 * margin;
        for (let n = geometry.inputSize(1 + loss); n <= geometry.inputSize(151 + loss); n += multiple)
          inputs.push(n);
        const maxPixels = geometry.inputSize(unit + loss) ** 2 + more;
        const [columns, rows] = [width, height].map(
          (size) => new Map(inputs.map((most) => [most, leastAxis(size, geometry, unit, most)])),
        );
        let best = [Number.POSITIVE_INFINITY, 0];
        for (const [across, down] of inputs.flatMap((a) => inputs.map((b) => [a, b]))) {
          if (across * down > maxPixels) continue;
          const [x, y] = [columns.get(across)!, rows.get(down)!];
          const found = [x[0] * y[0], x[1] * y[1]];
          if (found[0] < best[0] || (found[0] === best[0] && found[1] < best[1])) best = found;
        }
        const plan = planTiles({ width, height }, geometry, { maxPixels, block });
        const total = plan.reduce((sum, { input }) => sum + input.width * input.height, 0);
        expect([total, plan.length]).toEqual(best);
      },
    ),
    { numRuns: 60 },
  );
});

test("a budget below the smallest tile is refused, naming what it needs", () => {
  const geometry = unetGeometry(4, "valid");
  const size = { width: 2000, height: 1000 };
  expect(() => planTiles(size, geometry, { memory: 1e6, bytesPerPixel: 100 })).toThrow(
    "memory must be at least 4161600 bytes for the smallest tile, of 204 × 204 px of input, got 1000000",
  );
  expect(planTiles(size, geometry, { memory: 4161600, bytesPerPixel: 100 })).toHaveLength(125 * 63);
  expect(() => planTiles(size, geometry, { maxPixels: 40_000 })).toThrow(
    "holds a network's maps for 40000 px",
  );
  expect(() => planTiles(size, geometry, { tileSize: 572, memory: 1e6 })).toThrow(
    "memory must be at least 981552000 bytes",
  );
});

test("a tile that is asked for is taken without a budget, whatever a pixel takes", () => {
  const geometry = unetGeometry(2, "same");
  for (let tenths = 3000; tenths < 6000; tenths++) {
    const [{ input }] = planTiles({ width: 1024, height: 1024 }, geometry, {
      tileSize: 296,
      block: 256,
      bytesPerPixel: tenths / 10,
    });
    expect(input).toMatchObject({ width: 296, height: 296 });
  }
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
