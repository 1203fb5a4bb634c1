import * as tf from "@tensorflow/tfjs-core";
import { describeSimd, setThreads } from "@unet/backend-simd";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Case, expectSame, usual } from "./against-cpu.js";

// An engine without relaxed SIMD: the first two looks are for that variant, without and with V8's flag.
const validate = vi.spyOn(WebAssembly, "validate").mockReturnValueOnce(false).mockReturnValueOnce(false);

beforeAll(async () => {
  await tf.setBackend("cpu");
  (tf.backend() as { firstUse?: boolean }).firstUse = false; // no advertisement
  setThreads(2);
  await tf.setBackend("simd");
});

afterAll(() => validate.mockRestore());

test("where the engine has no relaxed SIMD, plain SIMD computes the same", async () => {
  expect(validate).toHaveBeenCalledTimes(3);
  const cases: Case[] = [
    { ...usual, x: [1, 18, 22, 8], filter: [3, 3, 8, 16] },
    { ...usual, x: [2, 9, 10, 16], filter: [3, 3, 16, 28], pad: "same" },
    { ...usual, x: [2, 21, 18, 1], filter: [3, 3, 1, 8] },
    { ...usual, x: [2, 12, 22, 8], filter: [2, 2, 8, 16], strides: [2, 2] },
  ];
  for (const given of cases) await expectSame(given);
  expect(describeSimd()).toEqual({ threads: 2, relaxed: false });
});
