import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dataset, folds, split, subset } from "../src/index.js";

/** A data set whose samples are only names. */
function named(length: number, sequential = false): Dataset {
  const names = Array.from({ length }, (_, i) => `t${i}`);
  const image = { width: 1, height: 1, channels: 1, data: new Uint8Array(1) };
  const labels = { width: 1, height: 1, data: new Int32Array(1) };
  return {
    length,
    names,
    sequential,
    get: async (i) => ({ name: names[i], image, labels, kind: "classes" }),
  };
}

describe("split", () => {
  it("puts every sample on exactly one side, in order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer(),
        fc.boolean(),
        (length, fraction, seed, sequential) => {
          const sides = split(named(length, sequential), { fraction, seed });
          for (const side of sides) {
            expect(side.length).toBeGreaterThanOrEqual(1);
            const order = side.names!.map((name) => Number(name.slice(1)));
            expect(order).toEqual([...order].sort((a, b) => a - b));
          }
          expect(sides.flatMap((side) => side.names).sort()).toEqual([...named(length).names!].sort());
          expect(split(named(length, sequential), { fraction, seed })[1].names).toEqual(sides[1].names);
        },
      ),
    );
  });

  it("holds out one block of a sequence, unless asked to mix", () => {
    const blocks = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const [, held] = split(named(10, true), { fraction: 0.3, seed });
      blocks.add(held.names!.join(" "));
    }
    expect([...blocks].sort()).toEqual(["t0 t1 t2", "t7 t8 t9"]);
    const mixed = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      mixed.add(split(named(10, true), { fraction: 0.3, seed, mix: true })[1].names!.join(" "));
    }
    expect(mixed.size).toBeGreaterThan(5);
  });

  it("takes indices and names", async () => {
    const [train, held] = split(named(4), { indices: [3, 1] });
    expect(train.names).toEqual(["t0", "t2"]);
    expect(held.names).toEqual(["t1", "t3"]);
    expect((await held.get(1)).name).toBe("t3");
    expect(split(named(4), { names: ["t2"] })[1].names).toEqual(["t2"]);
  });

  it("says what is wrong", () => {
    expect(() => split(named(4), { fraction: 1 })).toThrow("split: fraction must be between 0 and 1, got 1");
    expect(() => split(named(4), { indices: [4] })).toThrow("split: there is no sample 4 in 0 … 3");
    expect(() => split(named(4), { names: ["x"] })).toThrow('no sample "x"; there are t0, t1, t2, …');
    expect(() => split(named(4), { indices: [] })).toThrow("0 of 4 samples would be held out");
    expect(() => split(named(1), { fraction: 0.5 })).toThrow("both sides need at least one");
  });
});

describe("folds", () => {
  it("holds out every sample once", () => {
    for (const sequential of [false, true]) {
      const held = folds(named(11, sequential), { k: 4, seed: 1 }).map(([, side]) => side.names!);
      expect(held.map((names) => names.length).sort()).toEqual([2, 3, 3, 3]);
      expect(held.flat().sort()).toEqual([...named(11).names!].sort());
      if (sequential) expect(held[0]).toEqual(["t0", "t1"]);
    }
    expect(() => folds(named(3), { k: 4 })).toThrow("folds: k must be an integer in 2 … 3, got 4");
  });
});

describe("subset", () => {
  it("takes samples in the order given", async () => {
    const some = subset(named(5), [4, 0]);
    expect(some.names).toEqual(["t4", "t0"]);
    expect((await some.get(0)).name).toBe("t4");
    expect(() => subset(named(5), [5])).toThrow("subset: index must be an integer in 0 … 4, got 5");
    await expect(some.get(2)).rejects.toThrow("subset: index must be an integer in 0 … 1, got 2");
  });
});
