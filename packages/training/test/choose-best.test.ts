import { expect, test } from "vitest";
import { chooseBest } from "../src/calibration/choose-best.js";
import type { Judge } from "../src/calibration/judges.js";

/** Counts are values, whose mean decides. */
const mean: Judge = {
  of: () => () => undefined,
  pool: (images) => ({ mean: (images as number[]).reduce((sum, value) => sum + value, 0) / images.length }),
  value: ({ mean }) => mean,
};

/** What is chosen among choices, each given by its values on the images. */
const chosen = (...choices: number[][]) =>
  chooseBest(
    choices[0].map((_, image) => choices.map((values) => values[image])),
    mean,
  );

test("the usual stays where another is better by no more than one standard error", () => {
  // differences 0.1, -0.1, 0.1: 0.033 ± 0.067; the first and the third alone choose the other for the second, 0.7
  expect(chosen([0.8, 0.8, 0.8], [0.9, 0.7, 0.9])).toEqual({ best: 0, measures: { mean: 0.7667 } });
  // differences 0.1, 0.1, 0.05: 0.083 ± 0.017
  expect(chosen([0.8, 0.8, 0.8], [0.9, 0.9, 0.85])).toEqual({ best: 1, measures: { mean: 0.8833 } });
});

test("of what is as good as the best, the first is taken", () => {
  const [far, good, best] = [
    [0.5, 0.5, 0.5],
    [0.9, 0.8, 0.9],
    [0.85, 0.9, 0.9],
  ];
  // 0.017 ± 0.044 lie between the two
  expect(chosen(far, good, best).best).toBe(1);
  expect(chosen(far, best, good).best).toBe(1);
  expect(chosen(good, far, best).best).toBe(0);
});

test("a single image decides by its best, and says how good that is", () => {
  expect(chosen([0.8], [0.81], [0.7])).toEqual({ best: 1, measures: { mean: 0.81 } });
  expect(chosen([0.8], [0.8]).best).toBe(0);
});

test("each image is judged by what is chosen on the others", () => {
  // Without the second image the second choice is better beyond doubt, without the others nothing is.
  const values = [
    [0.5, 0.9, 0.5],
    [0.8, 0.2, 0.8],
  ];
  // left out: image 1 → usual 0.5, image 2 → the second, 0.2, image 3 → usual 0.5
  expect(chosen(...values)).toEqual({ best: 0, measures: { mean: 0.4 } });
});
