import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { fromCaffe, UnreadableNetworkError } from "@unet/interchange";
import { beforeAll, describe, expect, test } from "vitest";
import { parseTextFormat } from "../src/caffe/prototxt.js";
import { netSchema } from "../src/caffe/schema.js";
import { decodeMessage, encodeMessage, type Message } from "../src/protobuf/message.js";
import { difference, logitsOf } from "./networks.js";
import { nchw } from "./run-onnx.js";

const fixture = (name: string) => readFileSync(new URL(`fixtures/caffe/${name}`, import.meta.url));
const prototxt = fixture("unet.prototxt").toString();
beforeAll(() => tf.setBackend("cpu"));

describe("a network of the authors' layers gives OpenCV's scores", () => {
  test.each([
    ["new.caffemodel", undefined],
    ["new.caffemodel", prototxt],
    ["old.caffemodel", undefined],
    ["old.caffemodel", prototxt],
  ])("%s", (name, text) => {
    const model = fromCaffe(fixture(name), { prototxt: text, normalisation: "range" });
    const { shape, scores } = JSON.parse(fixture("scores.json").toString());
    const values = Float32Array.from(
      { length: 52 * 52 },
      (_, i) => Math.fround(((37 * i) % 101) / 101) - 0.5,
    );
    const given = nchw(logitsOf(model, { shape: [1, 52, 52, 1], values }));
    expect(given.shape).toEqual(shape);
    expect(difference(given.values, scores)).toBeLessThan(1e-5);
    expect(model.getUserDefinedMetadata()).toMatchObject({
      normalisation: "range",
      architecture: { variant: "released", depth: 2, filters: 2, classes: 2, padding: "valid" },
    });
    model.dispose();
  });
});

describe("other files are refused, in one line", () => {
  const refused = (bytes: Uint8Array, text?: string) => {
    const { numTensors } = tf.memory();
    let error: unknown;
    try {
      fromCaffe(bytes, { prototxt: text }).dispose();
    } catch (problem) {
      error = problem;
    }
    expect(error).toBeInstanceOf(UnreadableNetworkError);
    const { message, table } = error as UnreadableNetworkError;
    expect(message).not.toContain("\n");
    expect(tf.memory().numTensors).toBe(numTensors);
    return { message, table };
  };

  test("cut short anywhere, and noise", () => {
    const bytes = fixture("new.caffemodel");
    for (let i = 0; i < 40; i++) refused(bytes.subarray(0, Math.floor((i / 40) * bytes.length)));
    refused(Uint8Array.from({ length: 500 }, (_, i) => (i * 73) % 251));
    refused(fixture("unet.prototxt"));
  });

  const changed = (change: (layers: Message[]) => void) => {
    const net = decodeMessage(netSchema, fixture("new.caffemodel"), "it");
    change(net.layers as Message[]);
    return encodeMessage(netSchema, net);
  };
  const named = (layers: Message[], name: string) => layers.find((layer) => layer.name === name)!;

  test("a layer of another name, one that lacks its weights, or has others", () => {
    const other = refused(
      changed((layers) => {
        named(layers, "conv_d1a-b").name = "conv2_1";
      }),
    );
    expect(other.message).toContain("another network, with a layer conv2_1;");
    expect(other.table[0]).toBe("conv_d0a-b: [2, 1, 3, 3], [2]");
    const without = changed((layers) => {
      named(layers, "conv_u0b-c").blobs = [];
    });
    expect(refused(without).message).toContain(
      "dec0.conv0 (weight): is missing, wanted [2, 6, 3, 3], and 1 more",
    );
    const blob = { data: new Float32Array(3), shape: { dims: [2] } };
    const wrong = changed((layers) => {
      (named(layers, "conv_u0b-c").blobs as Message[])[1] = blob;
    });
    expect(refused(wrong).message).toBe("the tensor conv_u0b-c (bias) of shape [2] has 3 values");
    const infinite = changed((layers) => {
      ((named(layers, "conv_d0b-c").blobs as Message[])[1].data as Float32Array)[1] =
        Number.POSITIVE_INFINITY;
    });
    expect(refused(infinite).message).toContain("conv_d0b-c (bias) holds Infinity at 1");
  });

  test("maps that are joined otherwise", () => {
    const swapped = changed((layers) => {
      (named(layers, "concat_d0cc_u0a-b").bottoms as string[]).reverse();
    });
    expect(refused(swapped).message).toContain(
      "concat_d0cc_u0a-b joins d0cc, u0a; wanted are the upsampled map",
    );
    const bytes = fixture("new.caffemodel");
    const without = prototxt.replace(/^layer \{ name: "relu_u1a".*\n/m, "");
    expect(refused(bytes, without).message).toContain("upconv_d2c_u1a has no ReLU after it");
    const elsewhere = prototxt.replaceAll("conv_d1a-b", "conv_x");
    expect(refused(bytes, elsewhere).message).toBe(
      "the prototxt is of another network: conv_d1a-b isn't in it",
    );
  });
});

test("the text format: fields, lists, messages, comments, and what is none", () => {
  expect(parseTextFormat("a: 1 # two\nb { c: \"x # y\" c: 'z' }\nb: { d: -1.5e3, e: MAX }")).toEqual({
    a: ["1"],
    b: [{ c: ["x # y", "z"] }, { d: ["-1.5e3"], e: ["MAX"] }],
  });
  expect(() => parseTextFormat("a: 1\nb {")).toThrow("line 2: a } is missing");
  expect(() => parseTextFormat("a: 1\n}")).toThrow("line 2: a } too many");
  expect(() => parseTextFormat("a b")).toThrow("line 1: a has no value");
  expect(() => parseTextFormat("a {".repeat(40))).toThrow("nested too deep");
});
