import "@tensorflow/tfjs-backend-cpu";
import { expect, test } from "vitest";
import { bitsOfMask, bitsOfWeights, expectedBits } from "./bits.js";

test("initial weights and dropout masks have the same bits in Node as in Chromium", () => {
  expect({ weights: bitsOfWeights(), mask: bitsOfMask() }).toEqual(expectedBits);
});
