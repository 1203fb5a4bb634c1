import { normal, randomAt } from "@unet/image";
import { expect, test } from "vitest";

test("is uniform: mean 1/2, variance 1/12, each tenth of [0, 1) equally often", () => {
  const random = randomAt(1, "uniform", 0);
  const counts = new Array(10).fill(0);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < 1e6; i++) {
    const value = random();
    counts[Math.floor(value * 10)]++;
    sum += value;
    squares += value * value;
  }
  expect(Math.abs(sum / 1e6 - 0.5)).toBeLessThan(0.0015);
  expect(Math.abs(squares / 1e6 - 1 / 3)).toBeLessThan(0.0015);
  for (const count of counts) expect(Math.abs(count - 1e5)).toBeLessThan(1500);
});

test("depends on seed, stream and index alone", () => {
  const draw = (seed: number, stream: string | number, index: number) => randomAt(seed, stream, index)();
  expect(draw(7, "tiles", 3)).toBe(draw(7, "tiles", 3));
  const distinct = new Set([
    draw(7, "tiles", 3),
    draw(8, "tiles", 3),
    draw(7, "masks", 3),
    draw(7, "tiles", 4),
  ]);
  expect(distinct.size).toBe(4);
  expect(draw(2 ** 40, "tiles", 0)).not.toBe(draw(0, "tiles", 0));
  expect(draw(-1, "tiles", 0)).not.toBe(draw(1, "tiles", 0));
});

test("first numbers of neighbouring indices are uncorrelated", () => {
  const first = Array.from({ length: 20000 }, (_, index) => randomAt(5, "tiles", index)() - 0.5);
  let product = 0;
  for (let i = 1; i < first.length; i++) product += first[i] * first[i - 1];
  expect(Math.abs(product / first.length / (1 / 12))).toBeLessThan(0.03);
});

test("normal has mean 0, deviation 1 and 4.55 % beyond two deviations", () => {
  const random = normal(randomAt(3, "normal", 0));
  let sum = 0;
  let squares = 0;
  let beyond = 0;
  for (let i = 0; i < 1e6; i++) {
    const value = random();
    sum += value;
    squares += value * value;
    if (Math.abs(value) > 2) beyond++;
  }
  expect(Math.abs(sum / 1e6)).toBeLessThan(0.004);
  expect(Math.abs(squares / 1e6 - 1)).toBeLessThan(0.006);
  expect(Math.abs(beyond / 1e6 - 0.0455)).toBeLessThan(0.001);
});

test("refuses seeds and indices that are not integers", () => {
  expect(() => randomAt(0.5, "tiles", 0)).toThrow("randomAt: seed must be an integer, got 0.5");
  expect(() => randomAt(1, "tiles", -1)).toThrow("randomAt: index must be a non-negative integer, got -1");
});
