import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, tileGeometry } from "@unet/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

test("the paper's network maps 572 to 388 and needs a margin of 92", () => {
  const geometry = tileGeometry();
  expect(geometry.outputSize(572)).toBe(388);
  expect(geometry).toMatchObject({ margin: 92, multiple: 16, padding: "valid" });
  expect(geometry.inputSize(388)).toBe(572);
  expect(geometry.inputSize(389)).toBe(588);
  expect(() => geometry.outputSize(573)).toThrow(
    "can't take an input of 573 px; nearest it takes 572 and 588",
  );
  expect(() => geometry.outputSize(10)).toThrow("nearest it takes 188");
});

const architectures = fc.record({
  depth: fc.integer({ min: 1, max: 6 }),
  padding: fc.constantFrom("valid" as const, "same" as const),
  upsampling: fc.constantFrom("transpose" as const, "nearest" as const, "bilinear" as const),
});

/** Sizes followed through the network, layer by layer; undefined where a pooling or a crop does not fit. */
function followed(
  size: number,
  { depth, padding, upsampling }: { depth: number; padding: string; upsampling: string },
) {
  const lost = padding === "valid" ? 4 : 0;
  const skips: number[] = [];
  for (let level = 0; level < depth; level++) {
    size -= lost;
    if (size < 2 || size % 2 === 1) return undefined;
    skips.push(size);
    size /= 2;
  }
  size -= lost;
  if (size < 1) return undefined;
  for (const skip of skips.reverse()) {
    size *= 2;
    if (padding === "valid" && upsampling === "bilinear") size -= 2;
    if (size < 1 || (skip - size) % 2 === 1) return undefined;
    size -= lost;
    if (size < 1) return undefined;
  }
  return size;
}

test("outputSize agrees with sizes followed through the layers, for any size and depth", () => {
  fc.assert(
    fc.property(architectures, fc.integer({ min: 1, max: 3000 }), (architecture, size) => {
      const geometry = tileGeometry(architecture);
      const expected = followed(size, architecture);
      if (expected === undefined) expect(() => geometry.outputSize(size)).toThrow(RangeError);
      else expect(geometry.outputSize(size)).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

test("inputSize is the smallest that gives at least the output", () => {
  fc.assert(
    fc.property(architectures, fc.integer({ min: 1, max: 2000 }), (architecture, atLeast) => {
      const geometry = tileGeometry(architecture);
      const input = geometry.inputSize(atLeast);
      expect(geometry.outputSize(input)).toBeGreaterThanOrEqual(atLeast);
      const smaller = input - geometry.multiple;
      const output = followed(smaller, architecture);
      if (output !== undefined) expect(output).toBeLessThan(atLeast);
    }),
    { numRuns: 1000 },
  );
});

test("sizes that are none get one line", () => {
  const geometry = tileGeometry();
  for (const size of [0, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => geometry.inputSize(size)).toThrow(`a finite size of at least 1 px, got ${size}`);
    expect(() => geometry.outputSize(size)).toThrow("nearest it takes 188");
  }
});

describe("the network itself returns the sizes that the geometry tells, depths 1 to 6", () => {
  test.each(
    (["transpose", "nearest", "bilinear"] as const).flatMap((upsampling) =>
      (["valid", "same"] as const).map((padding) => ({ upsampling, padding })),
    ),
  )("$padding, $upsampling", ({ upsampling, padding }) => {
    for (const depth of [1, 2, 3, 4, 5, 6]) {
      const config = { depth, padding, upsampling, filters: 1 };
      const geometry = tileGeometry(config);
      const height = geometry.inputSize(1);
      const width = height + geometry.multiple;
      const model = createUNet(config);
      const output = tf.tidy(() => (model.predict(tf.zeros([1, height, width, 1])) as tf.Tensor).shape);
      expect(output).toEqual([1, geometry.outputSize(height), geometry.outputSize(width), 2]);
      model.dispose();
    }
  });
});
