import * as tf from "@tensorflow/tfjs-core";
import { diceLoss, focalLoss, type PixelLoss, sumLosses, weightedCrossEntropy } from "@unet/loss";
import { expect, test } from "vitest";

const losses: Record<string, PixelLoss> = {
  weightedCrossEntropy,
  focalLoss,
  diceLoss,
  sum: sumLosses(weightedCrossEntropy, [0.5, diceLoss]),
};

/** Two pixels of three classes that count, and one ignored pixel between them with a weight of its own. */
const labels = [2, -1, 0];
const weights = [1, 100, 3];

/** The tests of the losses that every backend must pass: label −1, and logits of ±10⁴. */
export function testLosses(): void {
  test.each(Object.entries(losses))("%s: an ignored pixel counts nothing", async (_, loss) => {
    const near = await lossAndGradient(loss, [1, 0, -1, 5, 6, 7, 0, 2, 0]);
    const far = await lossAndGradient(loss, [1, 0, -1, -5, 0, 900, 0, 2, 0]);
    expect(near.gradient.slice(3, 6).map(Math.abs)).toEqual([0, 0, 0]);
    expect(near.value).toBeGreaterThan(0.1);
    expect(far).toEqual(near);
  });

  test("weighted cross-entropy of three pixels, by hand", async () => {
    const { value, gradient } = await lossAndGradient(weightedCrossEntropy, [1, 0, -1, 5, 6, 7, 0, 2, 0]);
    const [first, last] = [Math.E + 1 + 1 / Math.E, 2 + Math.E ** 2];
    expect(value).toBeCloseTo((1 * (Math.log(first) + 1) + 3 * Math.log(last)) / 4, 5);
    expect(gradient[0]).toBeCloseTo(Math.E / first / 4, 5);
    expect(gradient[2]).toBeCloseTo((1 / Math.E / first - 1) / 4, 5);
    expect(gradient[6]).toBeCloseTo((3 * (1 / last - 1)) / 4, 5);
  });

  test.each(Object.entries(losses))("%s: logits of ±10⁴ give finite values", async (_, loss) => {
    const wrong = await lossAndGradient(loss, [1e4, 0, -1e4, 1e4, 0, -1e4, -1e4, 1e4, 0]);
    expect(wrong.value).toBeGreaterThan(0.5);
    expect(wrong.gradient.every(Number.isFinite)).toBe(true);
    const right = await lossAndGradient(loss, [-1e4, 0, 1e4, 1e4, 0, -1e4, 1e4, -1e4, 0]);
    expect(right.value).toBeCloseTo(0, 6);
    expect(right.gradient.every((slope) => Math.abs(slope) < 1e-6)).toBe(true);
  });
}

async function lossAndGradient(loss: PixelLoss, logits: number[]) {
  const truth = tf.tensor3d(labels, [1, 1, 3], "int32");
  const weight = tf.tensor3d(weights, [1, 1, 3]);
  const scores = tf.tensor4d(logits, [1, 1, 3, 3]);
  const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor4D, truth, weight))(scores);
  const result = { value: (await value.data())[0], gradient: [...(await grad.data())] };
  tf.dispose([truth, weight, scores, value, grad]);
  return result;
}
