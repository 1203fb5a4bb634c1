import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as layers from "@tensorflow/tfjs-layers";
import { modelGeometry } from "@unet/inference";
import { describe, expect, test } from "vitest";
import { smallUNet } from "./small-unet.js";

type Maps = layers.SymbolicTensor;

/** A network of the given layers, one after another. */
function chain(...stack: layers.layers.Layer[]): layers.LayersModel {
  const input = layers.input({ shape: [null, null, 1] });
  const output = stack.reduce<Maps>((maps, layer) => layer.apply(maps) as Maps, input);
  return layers.model({ inputs: input, outputs: output });
}

test("a valid U-Net of depth 4 loses 92 px a side and steps by 16", () => {
  const model = smallUNet({ padding: "valid", depth: 4 });
  const geometry = modelGeometry(model);
  expect(geometry).toMatchObject({ padding: "valid", margin: 92, multiple: 16 });
  expect(geometry.outputSize(572)).toBe(388);
  expect(geometry.inputSize(389)).toBe(588);
  expect(() => geometry.outputSize(573)).toThrow(
    "can't take an input of 573 px; nearest it takes 572 and 588",
  );
  expect(() => geometry.outputSize(20)).toThrow("nearest it takes 188");
  expect(() => geometry.inputSize(0)).toThrow("the output must be at least 1 px, got 0");
  model.dispose();
});

test.each([1, 2, 3])("sizes of valid networks of depth %i are those that the network returns", (depth) => {
  const model = smallUNet({ padding: "valid", depth });
  const { inputSize, outputSize } = modelGeometry(model);
  for (const atLeast of [1, 2, 7, 16, 33]) {
    const size = inputSize(atLeast);
    const output = tf.tidy(() => (model.predict(tf.zeros([1, size, size, 1])) as tf.Tensor).shape[1]);
    expect(outputSize(size)).toBe(output);
    expect(output).toBeGreaterThanOrEqual(atLeast);
  }
  model.dispose();
});

test("pixels beyond a padded network's margin change nothing, pixels within it do", () => {
  const model = smallUNet({ padding: "same", depth: 2 });
  const { margin, multiple } = modelGeometry(model);
  const size = 2 * margin + 3 * multiple;
  const block = margin + multiple;
  const changeAt = (x: number) =>
    tf.tidy(() => {
      const base = tf.randomUniform([1, size, size, 1], 0, 1, "float32", 1) as tf.Tensor4D;
      const column = tf.oneHot(tf.tensor1d([x], "int32"), size);
      const changed = tf.add(base, tf.reshape(tf.mul(column, 9), [1, 1, size, 1])) as tf.Tensor4D;
      const [before, after] = [base, changed].map((image) => model.predict(image) as tf.Tensor4D);
      const seen = tf.slice(tf.abs(tf.sub(before, after)), [0, 0, block, 0], [1, size, multiple, 2]);
      return tf.max(seen).dataSync()[0];
    });
  expect(changeAt(block - margin - 1)).toBe(0);
  expect(changeAt(block + multiple - 1 + margin + 1)).toBe(0);
  expect(changeAt(block - 8)).toBeGreaterThan(0);
  model.dispose();
});

describe("single layers", () => {
  test("strides, dilation and even windows", () => {
    const strided = chain(
      layers.layers.conv2d({ filters: 1, kernelSize: 3, dilationRate: 2 }),
      layers.layers.averagePooling2d({ poolSize: 2 }),
      layers.layers.conv2dTranspose({ filters: 1, kernelSize: 2, strides: 2 }),
    );
    expect(modelGeometry(strided)).toMatchObject({ padding: "valid", margin: 2, multiple: 2 });
    expect(modelGeometry(strided).outputSize(10)).toBe(6);
    expect(() => modelGeometry(strided).outputSize(11)).toThrow("nearest it takes 10 and 12");
    strided.dispose();
  });
});

test("zeros that a layer of their own puts around a map are counted as padding", () => {
  const padded = chain(
    layers.layers.zeroPadding2d({ padding: 2 }),
    layers.layers.conv2d({ filters: 1, kernelSize: 5 }),
    layers.layers.zeroPadding2d({
      padding: [
        [0, 2],
        [0, 2],
      ],
    }),
    layers.layers.conv2d({ filters: 1, kernelSize: 3 }),
  );
  // 2 px before and after of the first convolution, 2 px after of the second
  expect(modelGeometry(padded)).toMatchObject({ padding: "same", margin: 4, multiple: 1 });
  const partly = chain(
    layers.layers.zeroPadding2d({ padding: 1 }),
    layers.layers.conv2d({ filters: 1, kernelSize: 5 }),
  );
  expect(() => modelGeometry(partly)).toThrow("some layers pad and others don't");
  for (const model of [padded, partly]) model.dispose();
});

test("poolings by 2 and by 3 beside each other step by 6", () => {
  const input = layers.input({ shape: [null, null, 1] });
  const branches = [2, 3].map((size) => {
    const pooled = layers.layers.maxPooling2d({ poolSize: size }).apply(input) as Maps;
    return layers.layers.upSampling2d({ size: [size, size] }).apply(pooled) as Maps;
  });
  const output = layers.layers.concatenate().apply(branches) as Maps;
  const model = layers.model({ inputs: input, outputs: output });
  expect(modelGeometry(model)).toMatchObject({ padding: "same", margin: 0, multiple: 6 });
  expect(() => modelGeometry(model).outputSize(8)).toThrow("nearest it takes 6 and 12");
  model.dispose();
});

describe("networks that tiles can't reproduce get one line that names the layer", () => {
  test.each([
    ["pool", layers.layers.globalAveragePooling2d({ name: "pool" }), "GlobalAveragePooling2D"],
    ["norm", layers.layers.layerNormalization({ name: "norm" }), "LayerNormalization"],
    ["flat", layers.layers.flatten({ name: "flat" }), "Flatten"],
  ])("%s", (name, layer, kind) => {
    const input = layers.input({ shape: [8, 8, 1] });
    const model = layers.model({ inputs: input, outputs: layer.apply(input) as Maps });
    expect(() => modelGeometry(model)).toThrow(
      `the layer "${name}" is a ${kind}, whose output may depend on the whole image`,
    );
    model.dispose();
  });

  test.each<[string, layers.layers.Layer[], string]>([
    [
      "an even window loses an odd number of pixels",
      [layers.layers.conv2d({ filters: 1, kernelSize: 4 })],
      "the output is 3 px smaller than the input, which two sides can't share evenly",
    ],
    [
      "a strided layer without upsampling",
      [layers.layers.conv2d({ filters: 1, kernelSize: 3, strides: 2, padding: "same" })],
      "a pixel of the output stands for 2 of the input",
    ],
    [
      "an upsampling without pooling",
      [layers.layers.upSampling2d({ size: [2, 2] })],
      "a pixel of the output stands for 0.5 of the input",
    ],
  ])("%s", (_, stack, message) => {
    const model = chain(...stack);
    expect(() => modelGeometry(model)).toThrow(message);
    model.dispose();
  });

  test("softmax, concatenation and normalisation along an axis that tiles cut", () => {
    const input = layers.input({ shape: [8, 8, 1] });
    for (const output of [
      layers.layers.softmax({ axis: 1, name: "along" }).apply(input),
      layers.layers.concatenate({ axis: 2, name: "along" }).apply([input, input]),
      layers.layers.batchNormalization({ axis: 1, name: "along" }).apply(input),
    ]) {
      const model = layers.model({ inputs: input, outputs: output as Maps });
      expect(() => modelGeometry(model)).toThrow(/the \w+ "along" works along axis [12], which tiles cut/);
    }
  });

  test("padding in some layers only, and axes treated differently", () => {
    const mixed = chain(
      layers.layers.conv2d({ filters: 1, kernelSize: 3, padding: "same" }),
      layers.layers.conv2d({ filters: 1, kernelSize: 3 }),
    );
    expect(() => modelGeometry(mixed)).toThrow("some layers pad and others don't");
    const oblong = chain(layers.layers.conv2d({ filters: 1, kernelSize: [3, 5] }));
    expect(() => modelGeometry(oblong)).toThrow("treats height and width differently");
    for (const model of [mixed, oblong]) model.dispose();
  });
});
