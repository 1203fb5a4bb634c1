import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { expect, test } from "vitest";
import { smallResult, smallSegmentation } from "./segmented.js";

test("a page segments as Node does", async () => {
  await tf.setBackend("cpu");
  expect(await smallSegmentation()).toEqual(smallResult);
});
