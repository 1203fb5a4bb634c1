import "@tensorflow/tfjs-backend-cpu";
import { asPredictor, meanOf, plainTask, predictTiled, type Task, withSymmetries } from "@unet/inference";
import { afterAll, describe, expect, test } from "vitest";
import { randomScores } from "./random-scores.js";
import { smallUNet } from "./small-unet.js";

const models = [7, 8, 9].map((seed) => smallUNet({ padding: "valid", depth: 1, seed }));
afterAll(() => {
  for (const model of models) model.dispose();
});
const image = randomScores(1, 33, 21, 1);

describe("the mean of several networks", () => {
  test("is that of their probabilities, not of their logits", async () => {
    const mean = await predictTiled(image, meanOf(models));
    const each = await Promise.all(models.map((model) => predictTiled(image, model)));
    expect(each[0].data).not.toEqual(each[1].data);
    mean.data.forEach((score, i) => {
      const expected = each.reduce((sum, { data }) => sum + data[i] / 3, 0);
      expect(Math.abs(score - expected)).toBeLessThan(1e-6);
    });
    const turned = await predictTiled(image, withSymmetries(meanOf(models)), { tileSize: 24 });
    const whole = await predictTiled(image, meanOf(models.map((model) => withSymmetries(model))));
    turned.data.forEach((score, i) => {
      expect(Math.abs(score - whole.data[i])).toBeLessThan(1e-5);
    });
  });

  test("of one network it is the network", async () => {
    const { data } = await predictTiled(image, meanOf([models[0]]));
    expect(data).toEqual((await predictTiled(image, models[0])).data);
  });

  test("networks that differ are refused, by what differs", () => {
    const first = asPredictor(models[0]);
    const with_ = (more: object) => () => meanOf([first, { ...first, ...more }]);
    expect(with_({ classes: 3 })).toThrow(
      "meanOf: networks must agree in their number of classes; the first has 2, number 2 has 3",
    );
    expect(with_({ channels: 3 })).toThrow("number of channels; the first has 1, number 2 has 3");
    expect(with_({ normalisation: "z-score" })).toThrow(
      "normalisation; the first has none, number 2 has z-score",
    );
    const deeper = smallUNet({ padding: "valid", depth: 2 });
    expect(() => meanOf([first, deeper])).toThrow(
      /tile geometry; the first has valid convolutions, a margin of 8/,
    );
    deeper.dispose();
    expect(() => meanOf([])).toThrow("meanOf: give at least one network");
  });

  test("their tasks become one: medians of what was chosen, and one scale", () => {
    const first = asPredictor(models[0]);
    const task = (out: Partial<Task["out"]>, more: Partial<Task> = {}): Task => ({
      ...plainTask,
      ...more,
      out: { ...plainTask.out, ...out },
    });
    const mean = meanOf(
      [
        task({ threshold: 0.6, split: "none", minimumSize: 10 }),
        task({ threshold: 0.3, split: "scores", minimumSize: 90 }),
        task({ threshold: 0.4, split: "scores", minimumSize: 20, fillHoles: true }),
      ].map((task) => ({ ...first, task })),
    );
    expect(mean.task).toEqual(task({ threshold: 0.4, split: "scores", minimumSize: 20 }));
    const scales = [1, 0.5].map((scale) => ({ ...first, task: task({}, { scale }) }));
    expect(() => meanOf(scales)).toThrow(
      "meanOf: networks must be trained for the same; one is for instances at scale 1, one for instances at scale 0.5",
    );
    expect(() => meanOf([first, scales[0]])).toThrow("one is for no task, one for instances at scale 1");
  });
});
