import { afterEach, expect, test, vi } from "vitest";
import { Field } from "../src/control.js";
import { Memory } from "../src/memory.js";
import { Pool } from "../src/pool.js";

/** The very module that the pool asks for. */
const threads = process.getBuiltinModule("node:worker_threads");
const { Worker } = threads;
type Worker = InstanceType<typeof Worker>;

const pools: Pool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.dispose();
});

function poolOf(threads: number, patience?: number): Pool {
  const pool = new Pool(new Memory(), patience);
  pools.push(pool);
  pool.resize(threads);
  return pool;
}

/** `relu` of so many values, and how many were wrong. */
function wrongValues(pool: Pool, length: number, grain: number): number {
  const { memory } = pool;
  const [x, output] = [memory.allocate(4 * length), memory.allocate(4 * length)];
  const values = memory.floats(x, length).map((_, i) => (i % 3) - 1 + i / 8);
  memory.floats(x, length).set(values);
  memory.floats(output, length).fill(Number.NaN);
  pool.run("relu", [x, output, 0], length, 0, grain);
  const wrong = memory.floats(output, length).filter((value, i) => value !== Math.max(0, values[i])).length;
  memory.free(x);
  memory.free(output);
  return wrong;
}

test.each([1, 2, 3, 8])("%i threads compute each item", (count) => {
  const pool = poolOf(count);
  expect(pool.threads).toBe(count);
  for (const length of [1, 2, 3, 5, 64, 1001]) {
    for (const grain of [1, 4, 7, 2000]) expect(wrongValues(pool, length, grain)).toBe(0);
  }
});

test("thousands of small jobs one after the other, while threads start and after", async () => {
  const pool = poolOf(3);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1000; i++) if (wrongValues(pool, 40 + (i % 17), 4)) throw new Error(`job ${i}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test("the count of threads can change", () => {
  const pool = poolOf(1);
  for (const count of [2, 4, 1, 3]) {
    pool.resize(count);
    expect(pool.threads).toBe(count);
    expect(wrongValues(pool, 1000, 4)).toBe(0);
  }
});

test("threads that died while they slept leave the others to compute", async () => {
  const workers: Worker[] = [];
  threads.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  };
  const pool = poolOf(3);
  expect(wrongValues(pool, 1000, 4)).toBe(0);
  threads.Worker = Worker;
  expect(workers.length).toBe(2);
  await Promise.all(workers.map((worker) => worker.terminate()));
  await vi.waitFor(() => expect(pool.threads).toBe(1));
  expect(wrongValues(pool, 1000, 4)).toBe(0);
});

test("a kernel that fails is an error, and so is everything after it", () => {
  const pool = poolOf(2);
  expect(() => pool.run("relu", [0xffff_0000, 0xffff_0000, 0], 100_000)).toThrow(
    /^backend simd: the kernel relu failed/,
  );
  expect(() => pool.run("relu", [0xffff_0000, 0xffff_0000, 0], 1)).toThrow(
    /^backend simd: the kernel relu failed/,
  );
});

test("a thread that dies with a part in hand is an error after a while, not a wait for ever", () => {
  const memory = new Memory();
  const pool = new Pool(memory, 300);
  pools.push(pool);
  threads.Worker = class extends Worker {
    constructor(_script: string | URL, options: ConstructorParameters<typeof Worker>[1]) {
      // takes a part as the real script does, and is no more heard of
      super(
        `const { workerData: { control } } = require("node:worker_threads");
        const state = new Int32Array(control, 0, 16);
        while (Atomics.load(state, ${Field.job}) < 2);
        Atomics.add(state, ${Field.next}, 1);
        process.exit();`,
        options,
      );
    }
  } as typeof Worker;
  pool.resize(2);
  threads.Worker = Worker;
  const x = memory.allocate(4 * 2 ** 20);
  const run = () => {
    for (let i = 0; i < 10_000; i++) pool.run("relu", [x, x, 0], 2 ** 20, 0, 4);
  };
  expect(run).toThrow("backend simd: a thread died in the kernel relu; start the program again");
  expect(run).toThrow("backend simd: a thread died in the kernel relu; start the program again");
});

test("there is no such kernel", () => {
  expect(() => poolOf(1).run("tanhh", [], 1)).toThrow('backend simd: there is no kernel "tanhh"');
});
