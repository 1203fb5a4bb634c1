import "@tensorflow/tfjs-backend-cpu";
import { createUNet } from "@unet/model";
import { expect, test } from "vitest";

test("the paper's network has 31,030,658 parameters, the released one 31,100,354", () => {
  const paper = createUNet();
  expect(paper.countParams()).toBe(31_030_658);
  paper.dispose();
  const released = createUNet({ variant: "released" });
  expect(released.countParams()).toBe(31_100_354);
  released.dispose();
});
