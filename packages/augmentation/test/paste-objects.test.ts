import { pasteObjects } from "@unet/augmentation";
import type { Sample } from "@unet/image";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** A sample of the letters of a text: "." is background, any other letter an object; each has a grey value. */
function drawn(rows: string[], grey: Record<string, number>): Sample {
  const letters = rows.join("");
  const [width, height] = [rows[0].length, rows.length];
  const numbers = [...new Set(letters.replaceAll(".", ""))].sort();
  return {
    name: "drawn",
    kind: "instances",
    image: { width, height, channels: 1, data: Float32Array.from(letters, (letter) => grey[letter]) },
    labels: { width, height, data: Int32Array.from(letters, (letter) => numbers.indexOf(letter) + 1) },
  };
}

/** A block of 8 × 8 px in an empty image of 24². */
const host = drawn(
  Array.from({ length: 24 }, (_, y) =>
    Array.from({ length: 24 }, (_, x) =>
      Math.max(Math.abs(x - 11.5), Math.abs(y - 11.5)) < 4 ? "a" : ".",
    ).join(""),
  ),
  { ".": 10, a: 50 },
);
/** An object of 4 px that no symmetry but the identity leaves as it is, of values 1 to 4. */
const donor: Sample = (() => {
  const blank = Array.from({ length: 4 }, () => "..........");
  const sample = drawn([...blank, "....b.....", "....b.....", "....bb....", ...blank], { ".": 10, b: 0 });
  let value = 0;
  for (const [i, label] of sample.labels.data.entries()) if (label) sample.image.data[i] = ++value;
  return sample;
})();
const seeds = fc.nat(100_000);

/** The pasted object: rows and columns of its pixels by value. */
function pastedOf({ image, labels }: Sample, label = 2) {
  const found = new Map<number, [y: number, x: number]>();
  for (const [i, each] of labels.data.entries())
    if (each === label) found.set(image.data[i], [Math.floor(i / labels.width), i % labels.width]);
  return found;
}

test("an object comes with its pixels, shape and a new number, onto an object of the sample", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const result = pasteObjects(host, [donor], { seed, count: 1 });
      const pasted = pastedOf(result);
      expect([...pasted.keys()].sort()).toEqual([1, 2, 3, 4]);
      const [a, b, c, d] = [1, 2, 3, 4].map((value) => pasted.get(value)!);
      const between = (p: number[], q: number[]) => [q[0] - p[0], q[1] - p[1]];
      expect(between(a, b)).toEqual(between(b, c)); // three in a line
      const [arm, foot] = [between(b, c), between(c, d)];
      expect(Math.hypot(...arm)).toBe(1);
      expect(Math.hypot(...foot)).toBe(1);
      expect(Math.abs(arm[0] * foot[0] + arm[1] * foot[1])).toBe(0); // and one aside
      expect([...pasted.values()].some(([y, x]) => host.labels.data[24 * y + x] === 1)).toBe(true);
    }),
  );
});

test("around it the images are mixed by 3/4, 1/2, 1/4; all else is as it was", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { image, labels } = pasteObjects(host, [donor], { seed, count: 1 });
      const pasted = [...pastedOf({ ...host, image, labels }).values()];
      for (let i = 0; i < image.data.length; i++) {
        const [y, x] = [Math.floor(i / 24), i % 24];
        const steps = Math.min(...pasted.map(([v, u]) => Math.max(Math.abs(v - y), Math.abs(u - x))));
        if (steps === 0) continue;
        const share = [0.75, 0.5, 0.25][steps - 1] ?? 0;
        expect(labels.data[i]).toBe(host.labels.data[i]);
        // background is 10 in the donor's image
        expect(image.data[i]).toBe(host.image.data[i] + share * (10 - host.image.data[i]));
      }
    }),
  );
});

test("all 8 symmetries are drawn", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 100; index++) {
    const pasted = pastedOf(pasteObjects(host, [donor], { seed: 1, index, count: 1 }));
    const [from, corner, end] = [1, 3, 4].map((value) => pasted.get(value)!);
    seen.add([corner[0] - from[0], corner[1] - from[1], end[0] - corner[0], end[1] - corner[1]].join());
  }
  expect(seen.size).toBe(8);
});

test.each([0.2, 0.5])("no object loses more than its share to one that is pasted: %d", (overlap) => {
  const large = drawn(["........", ".bbbbbb.", ".bbbbbb.", ".bbbbbb.", ".bbbbbb.", "........"], {
    ".": 0,
    b: 9,
  });
  fc.assert(
    fc.property(seeds, (seed) => {
      const { labels } = pasteObjects(host, [large], { seed, count: 1, overlap });
      const left = labels.data.filter((label) => label === 1).length;
      const pasted = labels.data.filter((label) => label === 2).length;
      expect(left).toBeGreaterThanOrEqual(64 * (1 - overlap));
      expect([0, 24]).toContain(pasted); // whole, or none in all trials
      expect(left).toBeLessThan(pasted ? 64 : 65);
    }),
  );
});

test("what is no share is refused", () => {
  expect(() => pasteObjects(host, [donor], { seed: 1, overlap: 2 })).toThrow(
    "pasteObjects: overlap must be a share from 0 to 1, got 2",
  );
});

test("the same seed and index give the same, others another; what was given stays as it was", () => {
  const before = structuredClone([host, donor]);
  const make = (seed: number, index: number) => pasteObjects(host, [host, donor], { seed, index });
  expect(make(3, 4)).toEqual(make(3, 4));
  expect(make(3, 4)).not.toEqual(make(3, 5));
  expect(make(3, 4)).not.toEqual(make(4, 4));
  expect([host, donor]).toEqual(before);
});

test("whole numbers are rounded, channels stay together", () => {
  const twice = (sample: Sample, Type: typeof Uint8Array | typeof Uint16Array): Sample => {
    const data = new Type(2 * sample.image.data.length);
    for (const [i, value] of sample.image.data.entries()) data.fill(value, 2 * i, 2 * i + 2);
    return { ...sample, image: { ...sample.image, channels: 2, data } };
  };
  for (const Type of [Uint8Array, Uint16Array]) {
    const single = pasteObjects(host, [donor], { seed: 5 }).image.data;
    const { data } = pasteObjects(twice(host, Type), [twice(donor, Type)], { seed: 5 }).image;
    expect(data).toBeInstanceOf(Type);
    for (const [i, value] of single.entries()) {
      expect(Math.abs(data[2 * i] - value)).toBeLessThanOrEqual(1); // rounded once for each object
      expect(data[2 * i + 1]).toBe(data[2 * i]);
    }
  }
});

test("without objects, or with such as the border cuts, nothing is pasted", () => {
  const empty = drawn(["....", "...."], { ".": 1 });
  const cut = drawn(["b...", "...."], { ".": 1, b: 2 });
  expect(pasteObjects(host, [cut, empty], { seed: 1 })).toEqual(host);
  expect(pasteObjects(empty, [donor], { seed: 1 })).toEqual(empty);
  expect(pasteObjects(host, [donor], { seed: 1, count: 0 })).toEqual(host);
});

describe("wrong input", () => {
  test.each<[Partial<Sample>, string]>([
    [{ kind: "classes" }, "pasteObjects: the labels of drawn must be instances"],
    [{ labels: donor.labels }, "pasteObjects: labels of drawn must be as large as its image"],
    [
      { image: { ...host.image, channels: 2, data: new Float32Array(2 * 24 * 24) } },
      "pasteObjects: drawn has 2 channels, the sample 1",
    ],
  ])("donor %#", (given, message) => {
    expect(() => pasteObjects(host, [{ ...host, ...given }], { seed: 1 })).toThrow(new RangeError(message));
  });

  test("count", () => {
    expect(() => pasteObjects(host, [donor], { seed: 1, count: 1.5 })).toThrow(
      new RangeError("pasteObjects: count must be a whole number from 0, got 1.5"),
    );
  });
});
