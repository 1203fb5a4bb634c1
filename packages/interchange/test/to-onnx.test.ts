import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  input as inputLayer,
  type LayersModel,
  layers,
  model as layersModel,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { cropMirrored, randomAt } from "@unet/image";
import { activate, predictTiled } from "@unet/inference";
import { toOnnx, UnreadableNetworkError, UnsupportedLayerError } from "@unet/interchange";
import { tileGeometry } from "@unet/model";
import * as ort from "onnxruntime-web";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { configurations, difference, logitsOf, noiseFor, tinyNetwork } from "./networks.js";
import { nchw, nhwc, runOnnx } from "./run-onnx.js";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const python = process.env.UNET_PYTHON ?? "python3";
const hasOnnx = spawnSync(python, ["-c", "import onnx, onnxruntime"]).status === 0;

let model: LayersModel;
beforeAll(() => tf.setBackend("cpu"));
afterEach(() => model?.dispose());

describe("the logits are those of TensorFlow.js", () => {
  test.each(configurations.map((config) => [JSON.stringify(config), config] as const))(
    "%s",
    async (_, config) => {
      model = tinyNetwork(config);
      for (const foldBatchNormalisation of config.batchNormalisation ? [true, false] : [true]) {
        const bytes = await toOnnx(model, { foldBatchNormalisation });
        // two sizes of one session: height, width and batch are free
        for (const noise of [noiseFor(model), noiseFor(model, 1, [3, 0])]) {
          const expected = logitsOf(model, noise);
          const given = await runOnnx(bytes, nchw(noise), "logits");
          expect(given.shape).toEqual(nchw(expected).shape);
          expect(difference(nhwc(given).values, expected.values)).toBeLessThan(1e-5);
        }
      }
    },
  );
});

test("an activation becomes part of the graph", async () => {
  model = tinyNetwork({ depth: 1, classes: 3, padding: "same" });
  const noise = noiseFor(model);
  for (const activation of ["softmax", "sigmoid"] as const) {
    const expected = logitsOf(model, noise).values.slice();
    activate(expected, 3, activation);
    const given = await runOnnx(await toOnnx(model, { activation }), nchw(noise), "scores");
    expect(difference(nhwc(given).values, expected)).toBeLessThan(1e-5);
  }
});

test("of a single class the softmax is the sigmoid, as predictTiled has it", async () => {
  model = tinyNetwork({ depth: 1, classes: 1, padding: "same" });
  const noise = noiseFor(model);
  const expected = logitsOf(model, noise).values.slice();
  activate(expected, 1, "softmax");
  const given = await runOnnx(await toOnnx(model, { activation: "softmax" }), nchw(noise), "scores");
  expect(difference(given.values, expected)).toBeLessThan(1e-5);
});

describe("with a mirrored border the output is as large as the image, and is what predictTiled gives", () => {
  test.each([{ depth: 2 }, { depth: 1, upsampling: "bilinear" as const }])("%o", async (config) => {
    model = tinyNetwork({ ...config, classes: 2 });
    const { multiple, margin } = tileGeometry(config);
    const side = multiple * Math.ceil((margin + 6) / multiple);
    const random = randomAt(9, "image", 0);
    const image = {
      ...{ width: side + multiple, height: side, channels: 1 },
      data: Float32Array.from({ length: side * (side + multiple) }, random),
    };
    const expected = await predictTiled(image, model, { activation: "none", normalisation: "none" });
    const noise = { shape: [1, image.height, image.width, 1] as const, values: image.data };
    const given = await runOnnx(await toOnnx(model, { border: "mirror" }), nchw(noise), "logits");
    expect(given.shape).toEqual([1, 2, image.height, image.width]);
    expect(difference(nhwc(given).values, expected.data)).toBeLessThan(1e-5);
    expect(cropMirrored(image, { x: -1, y: 0, width: 1, height: 1 }).data[0]).toBe(image.data[1]);
  });
});

describe("what can't be written is named", () => {
  test("a layer without a counterpart", async () => {
    const x = inputLayer({ shape: [null, null, 2] });
    const y = layers.permute({ dims: [2, 1, 3], name: "turned" }).apply(x) as SymbolicTensor;
    model = layersModel({ inputs: x, outputs: y as SymbolicTensor });
    await expect(toOnnx(model)).rejects.toThrow('the layer "turned" is a Permute, which can\'t be written');
    await expect(toOnnx(model)).rejects.toThrow(UnsupportedLayerError);
  });

  test("a weight that is NaN", async () => {
    model = tinyNetwork({ depth: 1 });
    const layer = model.getLayer("enc0.conv1");
    const [kernel, bias] = layer.getWeights();
    tf.tidy(() => layer.setWeights([kernel, tf.mul(bias, Number.NaN)]));
    await expect(toOnnx(model)).rejects.toThrow("the weight enc0.conv1/bias holds NaN at 0");
    await expect(toOnnx(model)).rejects.toThrow(UnreadableNetworkError);
  });
});

test("no tensors are left", async () => {
  model = tinyNetwork({ depth: 1, batchNormalisation: true });
  const { numTensors } = tf.memory();
  await toOnnx(model);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test.skipIf(!hasOnnx)(
  `onnx.checker takes each, and Python's onnxruntime gives the same logits${hasOnnx ? "" : " (needs UNET_PYTHON)"}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "unet-onnx-"));
    const expected: number[][] = [];
    for (const [i, config] of configurations.entries()) {
      if (i > 0) model.dispose();
      model = tinyNetwork(config);
      const noise = noiseFor(model);
      writeFileSync(join(folder, `${i}.onnx`), await toOnnx(model));
      writeFileSync(
        join(folder, `${i}.json`),
        JSON.stringify({ ...nchw(noise), values: [...nchw(noise).values] }),
      );
      expected.push([...nchw(logitsOf(model, noise)).values]);
    }
    const script = `
import json, sys, numpy, onnx, onnxruntime
for i in range(int(sys.argv[2])):
    path = f"{sys.argv[1]}/{i}.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8 and model.opset_import[0].version == 17
    metadata = json.loads(model.metadata_props[0].value)
    assert metadata["normalisation"] == "z-score" and metadata["gives"] == "logits"
    given = json.load(open(f"{sys.argv[1]}/{i}.json"))
    image = numpy.array(given["values"], "float32").reshape(given["shape"])
    logits, = onnxruntime.InferenceSession(path).run(["logits"], {"image": image})
    print(json.dumps(logits.ravel().tolist()))
`;
    const lines = execFileSync(python, ["-c", script, folder, String(configurations.length)], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    for (const [i, line] of lines.trim().split("\n").entries()) {
      expect(difference(JSON.parse(line), expected[i])).toBeLessThan(1e-5);
    }
  },
);
