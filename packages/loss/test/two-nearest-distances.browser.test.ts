import { randomAt } from "@unet/image";
import { twoNearestDistances } from "@unet/loss/weight-map";
import { expect, test } from "vitest";
import { bruteForce } from "./brute-force.js";

test("the kernel starts on a page's own thread and equals brute force", () => {
  const random = randomAt(1, "labels", 0);
  const data = Int32Array.from({ length: 60 * 40 }, () =>
    random() < 0.03 ? 1 + Math.floor(9 * random()) : 0,
  );
  const labels = { width: 60, height: 40, data };
  const result = twoNearestDistances(labels);
  const truth = bruteForce(labels);
  expect(result.first).toEqual(truth.first);
  expect(result.second).toEqual(truth.second);
});
