import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet } from "@unet/model";
import { describe, expect, test } from "vitest";

test("the paper's network has 31,030,658 parameters in 23 convolutions", () => {
  const model = createUNet();
  expect(model.countParams()).toBe(31_030_658);
  const convolutions = model.layers.filter((layer) => layer.getClassName().startsWith("Conv2D"));
  expect(convolutions).toHaveLength(23);
  expect(model.inputs[0].shape).toEqual([null, null, null, 1]);
  model.dispose();
});

test("the released network has 31,100,354 parameters, and concatenates what comes up first", () => {
  const model = createUNet({ variant: "released" });
  expect(model.countParams()).toBe(31_100_354);
  const join = model.getLayer("dec0.join");
  const [first] = join.inboundNodes[0].inputTensors;
  expect(first.sourceLayer.name).toBe("dec0.up");
  expect(first.shape[3]).toBe(128);
  expect(first.sourceLayer.getConfig().activation).toBe("relu");
  model.dispose();
});

test("the paper's network concatenates the skip first, without activation after the up-convolution", () => {
  const model = createUNet({ filters: 2 });
  const [skip, up] = model.getLayer("dec0.join").inboundNodes[0].inputTensors;
  expect(skip.sourceLayer.name).toBe("dec0.crop.size");
  expect(up.sourceLayer.name).toBe("dec0.up");
  expect(up.sourceLayer.getConfig().activation).toBe("linear");
  model.dispose();
});

test("weights are normal with deviation √(2/N), each layer a stream of its own, biases 0", async () => {
  const model = createUNet({ filters: 32 });
  let tested = 0;
  for (const layer of model.layers) {
    const [kernel, bias] = layer.getWeights();
    if (!kernel) continue;
    expect(Math.max(...(await bias.data()))).toBe(0);
    if (kernel.size < 1e5) continue;
    tested++;
    const [height, width, third, fourth] = kernel.shape;
    const incoming = layer.getClassName() === "Conv2DTranspose" ? fourth : height * width * third;
    const deviation = Math.sqrt(2 / incoming);
    const values = await kernel.data();
    let squares = 0;
    let beyond = 0;
    for (const value of values) {
      squares += value * value;
      if (Math.abs(value) > 2 * deviation) beyond++;
    }
    expect(Math.abs(Math.sqrt(squares / values.length) / deviation - 1), layer.name).toBeLessThan(0.01);
    expect(Math.abs(beyond / values.length - 0.0455), layer.name).toBeLessThan(0.004);
  }
  expect(tested).toBe(11);
  const first = async (name: string) => (await model.getLayer(name).getWeights()[0].data()).slice(0, 4);
  expect(await first("enc3.conv1")).not.toEqual(await first("bottom.conv1"));
  model.dispose();
});

test("the seed decides the weights", async () => {
  const weightsOf = async (seed: number) => {
    const model = createUNet({ filters: 2, depth: 1, seed });
    const values = await model.getLayer("bottom.conv1").getWeights()[0].data();
    model.dispose();
    return values;
  };
  expect(await weightsOf(3)).toEqual(await weightsOf(3));
  expect(await weightsOf(3)).not.toEqual(await weightsOf(4));
});

test("batch normalisation stands between a 3×3 convolution without bias and its ReLU, with epsilon 1e-5", () => {
  const model = createUNet({ filters: 2, depth: 1, batchNormalisation: true });
  expect(model.getLayer("enc0.conv0").getConfig()).toMatchObject({ useBias: false, activation: "linear" });
  expect(model.getLayer("enc0.bn0").getConfig().epsilon).toBe(1e-5);
  expect(model.getLayer("enc0.relu0").inboundNodes[0].inputTensors[0].sourceLayer.name).toBe("enc0.bn0");
  expect(model.getLayer("head").getConfig().useBias).toBe(true);
  model.dispose();
});

test("batch normalisation keeps running means of momentum 0.99 in training, and trains scale and shift", () => {
  const model = createUNet({ filters: 2, depth: 1, batchNormalisation: true, dropout: 0 });
  const layer = model.getLayer("enc0.bn0");
  expect(layer.trainableWeights.map((weight) => weight.originalName.split("/").pop())).toEqual([
    "gamma",
    "beta",
  ]);
  tf.tidy(() => {
    const image = tf.randomUniform([2, 20, 24, 1], 0, 1, "float32", 1);
    const maps = model.getLayer("enc0.conv0").apply(image) as tf.Tensor;
    const { mean, variance } = tf.moments(maps, [0, 1, 2]);
    model.apply(image, { training: true });
    const [, , runningMean, runningVariance] = layer.getWeights();
    const difference = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
    expect(difference(runningMean, tf.mul(0.01, mean))).toBeLessThan(1e-6);
    expect(difference(runningVariance, tf.add(0.99, tf.mul(0.01, variance)))).toBeLessThan(1e-6);
  });
  model.dispose();
});

describe("bad configurations get one line", () => {
  test.each([
    [{ depth: 0 }, "createUNet: depth must be a whole number from 1 to 8, got 0"],
    [{ filters: 1.5 }, "createUNet: filters must be a whole number of at least 1, got 1.5"],
    [{ dropout: 1 }, "createUNet: dropout must be a number from 0 to below 1, got 1"],
    [{ padding: "full" as "same" }, 'createUNet: padding must be "valid" or "same", got full'],
    [{ variant: "unet++" as "paper" }, 'variant must be "paper" or "released", got unet++'],
    [{ seed: 0.5 }, "createUNet: seed must be a whole number, got 0.5"],
    [{ toString: 3 } as object, 'createUNet: unknown option "toString"'],
    [{ channels: 3 } as object, 'createUNet: unknown option "channels"; it knows inputChannels'],
  ])("%j", (config, message) => {
    expect(() => createUNet(config)).toThrow(message);
  });
});

test("disposing of a model leaves no tensor", () => {
  const before = tf.memory().numTensors;
  const model = createUNet({ filters: 2, depth: 2 });
  tf.tidy(() => void model.predict(tf.zeros([1, 44, 44, 1])));
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
