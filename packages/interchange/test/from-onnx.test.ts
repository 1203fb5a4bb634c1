import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, model as layersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { randomAt } from "@unet/image";
import { modelGeometry, predictTiled, type Task } from "@unet/inference";
import { fromOnnx, onnxNetwork, toOnnx, UnreadableNetworkError } from "@unet/interchange";
import * as ort from "onnxruntime-web";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { modelSchema, type OnnxModel, type OnnxNode } from "../src/onnx/schema.js";
import { decodeMessage, encodeMessage } from "../src/protobuf/message.js";
import { configurations, difference, logitsOf, noiseFor, tinyNetwork } from "./networks.js";
import { nchw, nhwc } from "./run-onnx.js";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const fixture = (name: string) => readFileSync(new URL(`fixtures/torch/${name}`, import.meta.url));
const models: LayersModel[] = [];
const kept = (model: LayersModel) => {
  models.push(model);
  return model;
};
beforeAll(() => tf.setBackend("cpu"));
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

describe("what PyTorch exports gives PyTorch's logits", () => {
  test.each(
    ["transposed", "bilinear", "unpadded"].flatMap((name) => [
      [name, "fixed"],
      [name, "free"],
    ]),
  )("%s, of %s size", (name, kind) => {
    const model = kept(fromOnnx(fixture(`${name}-${kind}.onnx`), { normalisation: "percentile" }));
    const { input, logits } = JSON.parse(fixture(`${name}.json`).toString());
    const count = input.reduce((a: number, b: number) => a * b);
    const values = Float32Array.from({ length: count }, (_, i) => Math.fround(((37 * i) % 101) / 101) - 0.5);
    const image = nhwc({ shape: input, values });
    const shape = image.shape as [number, number, number, number];
    expect(difference(nchw(logitsOf(model, { shape, values: image.values })).values, logits)).toBeLessThan(
      1e-5,
    );
    expect(model.getUserDefinedMetadata()).toMatchObject({ formatVersion: 1, normalisation: "percentile" });
  });

  test("tiles are cut by the geometry of its graph", () => {
    const model = kept(fromOnnx(fixture("unpadded-free.onnx")));
    const { padding, margin, multiple } = modelGeometry(model);
    expect({ padding, margin, multiple }).toEqual({ padding: "valid", margin: 8, multiple: 2 });
  });
});

describe("what toOnnx writes comes back", () => {
  test.each(configurations.map((config) => [JSON.stringify(config), config] as const))(
    "%s",
    async (_, config) => {
      const model = kept(tinyNetwork(config));
      const task: Task = {
        ...{ aim: "instances", scale: 0.5 },
        out: {
          score: Array.from({ length: config.classes ?? 2 }, () => 1),
          threshold: 0.4,
          split: "none",
          minimumSize: 3,
          fillHoles: true,
        },
      };
      model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), task });
      const noise = noiseFor(model);
      const expected = logitsOf(model, noise).values;
      const bytes = await toOnnx(model);
      const again = kept(fromOnnx(bytes));
      expect(difference(logitsOf(again, noise).values, expected)).toBeLessThan(1e-5);
      const { architecture, ...said } = model.getUserDefinedMetadata() as { architecture: object };
      // a folded normalisation is none of createUNet's any more
      const isSame = !config.batchNormalisation;
      expect(again.getUserDefinedMetadata()).toEqual(isSame ? { ...said, architecture } : said);
      if (isSame)
        expect(again.getWeights().map((weight) => weight.dataSync())).toEqual(
          model.getWeights().map((weight) => weight.dataSync()),
        );
      // without what is said of it: by the graph alone
      const plain = decodeMessage(modelSchema, bytes, "it");
      const unsaid = kept(fromOnnx(encodeMessage(modelSchema, { ...plain, metadata: [] })));
      expect(difference(logitsOf(unsaid, noise).values, expected)).toBeLessThan(1e-5);
      const [a, b] = [modelGeometry(unsaid), modelGeometry(model)];
      expect([a.padding, a.margin, a.multiple, a.inputSize(40)]).toEqual([
        b.padding,
        b.margin,
        b.multiple,
        b.inputSize(40),
      ]);
    },
  );
});

describe("a session of ONNX Runtime", () => {
  const random = randomAt(2, "image", 0);
  const [width, height] = [75, 50];
  const image = { width, height, channels: 1, data: Float32Array.from({ length: width * height }, random) };

  test.each([{ depth: 2 }, { depth: 1, padding: "same" as const, upsampling: "bilinear" as const }])(
    "predicts in tiles as the network does, all it needs read from the file: %o",
    async (config) => {
      const model = kept(tinyNetwork(config));
      const bytes = await toOnnx(model);
      const session = await ort.InferenceSession.create(bytes);
      const network = onnxNetwork(bytes, session);
      expect(network).toMatchObject({
        channels: 1,
        classes: 2,
        normalisation: "z-score",
        gives: "logits",
        layout: "NCHW",
      });
      const { margin, padding, inputSize } = modelGeometry(model);
      const tileSize = inputSize(20 + (padding === "same" ? 2 * margin : 0));
      const [given, expected] = [
        await predictTiled(image, network, { tileSize }),
        await predictTiled(image, model, { tileSize }),
      ];
      expect(difference(given.data, expected.data)).toBeLessThan(1e-5);
      await session.release();
    },
  );

  test("runs what no layer does: where each pixel stays by itself its geometry is known", async () => {
    const model = kept(tinyNetwork({ depth: 1 }));
    const bytes = changed(await toOnnx(model), ({ nodes }) => {
      nodes.find(({ operator }) => operator === "Relu")!.operator = "HardSwish";
    });
    expect(() => fromOnnx(bytes)).toThrow(
      'the ONNX node "enc0.conv0" has HardSwish, which no layer of a U-Net does',
    );
    const session = await ort.InferenceSession.create(bytes);
    const network = onnxNetwork(bytes, session);
    const tiled = await predictTiled(image, network, {
      activation: "none",
      tileSize: network.geometry.inputSize(12),
    });
    const whole = await predictTiled(image, network, {
      activation: "none",
      tileSize: network.geometry.inputSize(80),
    });
    expect(difference(tiled.data, whole.data)).toBeLessThan(1e-5);
    await session.release();
  });

  test("what tiles can't reproduce, and what takes one size only, is refused", async () => {
    const session = { inputNames: ["x"], outputNames: ["y"], run: async () => ({}) };
    expect(() => onnxNetwork(fixture("bilinear-free.onnx"), session)).toThrow(
      /BilinearUpsampling, whose output may depend on the whole image/,
    );
    expect(() => onnxNetwork(fixture("unpadded-fixed.onnx"), session)).toThrow(
      "takes images of 28 × 24 px only",
    );
    const model = kept(tinyNetwork({ depth: 1 }));
    const ended = kept(
      layersModel({
        inputs: model.inputs,
        outputs: layers.softmax({ axis: -1 }).apply(model.outputs[0]) as SymbolicTensor,
      }),
    );
    expect(onnxNetwork(await toOnnx(ended), session).gives).toBe("scores");
    models.pop();
  });
});

describe("other graphs are refused, in one line, the node named", () => {
  const refused = (bytes: Uint8Array) => {
    const { numTensors } = tf.memory();
    let error: unknown;
    try {
      fromOnnx(bytes);
    } catch (problem) {
      error = problem;
    }
    expect(error).toBeInstanceOf(UnreadableNetworkError);
    expect((error as Error).message).not.toContain("\n");
    expect(tf.memory().numTensors).toBe(numTensors);
    return (error as Error).message;
  };

  test("cut short anywhere, and noise", () => {
    const bytes = fixture("unpadded-free.onnx");
    for (let i = 0; i < 60; i++) refused(bytes.subarray(0, Math.floor((i / 60) * bytes.length)));
    refused(Uint8Array.from({ length: 700 }, (_, i) => (i * 31) % 249));
  });

  const node = (nodes: OnnxNode[], operator: string) => nodes.find((each) => each.operator === operator)!;

  test.each<[string, (graph: OnnxModel["graph"]) => void, string]>([
    [
      "an operation",
      ({ nodes }) => Object.assign(node(nodes, "MaxPool"), { operator: "GlobalAveragePool" }),
      "is a GlobalAveragePool, which no U-Net here is made of; a session of ONNX Runtime may run it",
    ],
    [
      "another domain's",
      ({ nodes }) => Object.assign(node(nodes, "Concat"), { operator: "Join", domain: "mine" }),
      "is a mine.Join",
    ],
    [
      "groups",
      ({ nodes }) =>
        Object.assign(node(nodes, "ConvTranspose").attributes.find(({ name }) => name === "group")!, {
          i: 2,
        }),
      "a ConvTranspose, has groups or padding",
    ],
    [
      "a pad of one side",
      ({ nodes }) =>
        Object.assign(node(nodes, "Conv").attributes.find(({ name }) => name === "pads")!, {
          ints: [1, 0, 0, 0],
        }),
      "a Conv, has pads of 1, 0, 0, 0",
    ],
    [
      "weights of other channels",
      ({ initializers }) =>
        Object.assign(initializers.find(({ name }) => name === "second.weight")!, { dims: [1, 4, 3, 3] }),
      "has weights for 4 channels, and gets 2",
    ],
    [
      "weights of another size",
      ({ initializers }) =>
        Object.assign(initializers.find(({ name }) => name === "second.weight")!, { dims: [2, 3, 3, 3] }),
      "second.weight of shape [2, 3, 3, 3] has 36 values",
    ],
    [
      "weights that lie elsewhere",
      ({ initializers }) => Object.assign(initializers[0], { location: 1 }),
      "lies in another file",
    ],
    [
      "weights of strings",
      ({ initializers }) => Object.assign(initializers[0], { dataType: 8 }),
      "is of type 8",
    ],
    [
      "NaN",
      ({ initializers }) =>
        new DataView(initializers[0].raw!.buffer, initializers[0].raw!.byteOffset).setUint32(
          0,
          0x7fc00000,
          true,
        ),
      "holds NaN at 0",
    ],
    ["two inputs", ({ inputs }) => void inputs.push({ name: "z" }), "one input and one output, got 2 and 1"],
    [
      "no channels",
      ({ inputs }) => Object.assign(inputs[0], { type: undefined }),
      "with its number of channels",
    ],
  ])("%s", (_, change, message) => {
    expect(refused(changed(Uint8Array.from(fixture("unpadded-free.onnx")), change))).toContain(message);
  });

  test("one that mirrors its border", async () => {
    const model = kept(tinyNetwork({ depth: 1 }));
    const bytes = await toOnnx(model, { border: "mirror" });
    expect(refused(bytes)).toContain('take one that was written with border "none"');
  });
});

/** A model of ONNX with another graph. */
function changed(bytes: Uint8Array, change: (graph: OnnxModel["graph"]) => void): Uint8Array {
  const message = decodeMessage(modelSchema, bytes, "it");
  change((message as unknown as OnnxModel).graph);
  return encodeMessage(modelSchema, { ...message, metadata: [] });
}
