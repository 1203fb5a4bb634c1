import { displacementField, warp } from "@unet/augmentation";
import { mirrorIndex, randomAt } from "@unet/image";
import fc from "fast-check";
import { expect, test } from "vitest";
import { coordinates, numbered } from "./samples.js";

const interpolations = fc.constantFrom("bicubic" as const, "bspline" as const);
const controls = fc
  .record({ rows: fc.integer({ min: 1, max: 5 }), columns: fc.integer({ min: 1, max: 5 }) })
  .chain(({ rows, columns }) => {
    const values = fc.array(fc.integer({ min: -99, max: 99 }), {
      minLength: rows * columns,
      maxLength: rows * columns,
    });
    return fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), dy: values, dx: values });
  });

test("goes through the nodes, corners on corners", () => {
  fc.assert(
    fc.property(controls, interpolations, fc.integer({ min: 1, max: 9 }), (control, interpolation, step) => {
      const { rows, columns } = control;
      const size = { height: (rows - 1) * step + 1, width: (columns - 1) * step + 1 };
      const field = displacementField(control, size, { interpolation });
      for (let i = 0; i < rows * columns; i++) {
        const at = Math.floor(i / columns) * step * size.width + (i % columns) * step;
        expect(field.dy[at]).toBeCloseTo(control.dy[i], 3);
        expect(field.dx[at]).toBeCloseTo(control.dx[i], 3);
      }
    }),
  );
});

test("is smooth for any size: finite everywhere, and constant for equal nodes", () => {
  const sides = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(controls, interpolations, sides, sides, (control, interpolation, width, height) => {
      const field = displacementField(control, { width, height }, { interpolation });
      expect(field.dy.every((value) => Math.abs(value) < 400)).toBe(true);
      const even = { ...control, dy: control.dy.map(() => 3), dx: control.dx.map(() => -2) };
      const constant = displacementField(even, { width, height }, { interpolation });
      for (const value of constant.dy) expect(value).toBeCloseTo(3, 5);
      for (const value of constant.dx) expect(value).toBeCloseTo(-2, 5);
    }),
  );
});

test("warps by whole pixels exactly, mirrored beyond the border, in every interpolation", () => {
  const { image } = numbered(5, 4);
  const field = { width: 5, height: 4, dy: new Float32Array(20).fill(2), dx: new Float32Array(20).fill(-1) };
  for (const interpolation of ["nearest", "bilinear", "bicubic"] as const) {
    const { data } = warp(image, field, { interpolation });
    for (let i = 0; i < 20; i++) {
      const y = [2, 3, 2, 1][Math.floor(i / 5)];
      const x = [1, 0, 1, 2, 3][i % 5];
      expect(data[i]).toBe(image.data[y * 5 + x]);
    }
  }
});

test("a field may reach as far as it likes", () => {
  const { image } = numbered(50, 40);
  const random = randomAt(1, "far", 0);
  const far = () => Float32Array.from({ length: 30 * 20 }, () => Math.round(1e6 * (random() - 0.5)));
  const field = { width: 30, height: 20, dy: far(), dx: far() };
  const expected = image.data.slice(0, 600).map((_, i) => {
    const y = mirrorIndex(Math.floor(i / 30) + field.dy[i], 40);
    return image.data[y * 50 + mirrorIndex((i % 30) + field.dx[i], 50)];
  });
  for (const interpolation of ["nearest", "bilinear", "bicubic"] as const) {
    expect(warp(image, field, { interpolation }).data).toEqual(expected);
  }
});

test("a field may have another size than the image", () => {
  const { image } = coordinates(30, 30);
  const field = { width: 3, height: 2, dy: new Float32Array(6).fill(10.25), dx: new Float32Array(6).fill(4) };
  const out = warp(image, field, { interpolation: "bicubic" });
  expect([out.width, out.height, out.channels]).toEqual([3, 2, 2]);
  expect([...out.data]).toEqual([10.25, 4, 10.25, 5, 10.25, 6, 11.25, 4, 11.25, 5, 11.25, 6]);
});

test("refuses what is no grid, no field, no interpolation", () => {
  const size = { width: 4, height: 4 };
  const control = { rows: 2, columns: 2, dy: [1, 2, 3, 4], dx: [1, 2, 3] };
  expect(() => displacementField(control, size)).toThrow(
    "displacementField: control.dx must hold 2 × 2 finite numbers, got 3",
  );
  expect(() => displacementField({ ...control, rows: 0 }, size)).toThrow(
    "displacementField: grid and size must be whole numbers of at least 1, got 0 × 2 nodes for 4 × 4 px",
  );
  const interpolation = "linear" as "bicubic";
  expect(() => displacementField(control, size, { interpolation })).toThrow(
    'displacementField: interpolation must be "bicubic" or "bspline", got "linear"',
  );
  const field = { width: 1, height: 1, dy: Float32Array.of(Number.NaN), dx: new Float32Array(1) };
  expect(() => warp(numbered(3, 3).image, field)).toThrow("warp: field.dy must hold 1 × 1 finite numbers");
});
