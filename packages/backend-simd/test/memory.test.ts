import { expect, test } from "vitest";
import { Memory } from "../src/memory.js";

test("blocks lie at cache lines, apart from each other", () => {
  const memory = new Memory();
  const blocks = [1, 64, 65, 1000].map((bytes) => memory.allocate(bytes));
  expect(blocks.map((address) => address % 64)).toEqual([0, 0, 0, 0]);
  expect(blocks.slice(1).map((address, i) => address - blocks[i])).toEqual([64, 64, 128]);
  expect(memory.used).toBe(64 + 64 + 128 + 1024);
});

test("freed neighbours join, and the best fitting block is used again", () => {
  const memory = new Memory();
  const [a, b, c, d, e] = [128, 128, 256, 64, 128].map((bytes) => memory.allocate(bytes));
  memory.free(a);
  memory.free(c);
  expect(memory.allocate(256)).toBe(c);
  memory.free(c);
  memory.free(b);
  expect(memory.allocate(512)).toBe(a);
  memory.free(a);
  memory.free(e);
  memory.free(d);
  // all is free, and one block again
  expect(memory.used).toBe(0);
  expect(memory.allocate(4096)).toBe(a);
});

test("an allocation of any order leaves the blocks' values alone, and the memory flat", () => {
  const memory = new Memory();
  const held: { address: number; length: number; value: number }[] = [];
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const churn = () => {
    for (let i = 0; i < 500; i++) {
      if (held.length > 40) {
        const [{ address, length, value }] = held.splice(random(held.length), 1);
        expect(memory.floats(address, length).every((number) => number === value)).toBe(true);
        memory.free(address);
      }
      const length = 1 + random(5_000);
      const address = memory.allocate(4 * length);
      memory.floats(address, length).fill(i);
      held.push({ address, length, value: i });
    }
  };
  churn();
  const { size } = memory;
  churn();
  expect(memory.size).toBeLessThanOrEqual(size * 1.3);
});

test("more than 4 GiB is refused with what was asked for", () => {
  const memory = new Memory();
  memory.allocate(3 * 2 ** 20);
  expect(() => memory.allocate(5 * 2 ** 30)).toThrow(
    "backend simd: no memory for 5120 MB beside the 3 MB in use: 4096 MB is all that it can have; " +
      "compute on smaller tiles or batches",
  );
  expect(memory.used).toBe(3 * 2 ** 20);
});

test("what isn't handed out can't be freed", () => {
  const memory = new Memory();
  const address = memory.allocate(8);
  memory.free(address);
  expect(() => memory.free(address)).toThrow(`Memory: there is no block at ${address} to be freed`);
});
