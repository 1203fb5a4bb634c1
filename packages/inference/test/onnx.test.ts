import { readFileSync } from "node:fs";
import { cropMirrored, type Image, randomAt } from "@unet/image";
import { type OnnxNetwork, predictTiled, type TileGeometry } from "@unet/inference";
import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, test } from "vitest";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** Of two valid 3 × 3 convolutions. */
const geometry: TileGeometry = {
  padding: "valid",
  margin: 2,
  multiple: 1,
  outputSize: (input) => input - 4,
  inputSize: (output) => output + 4,
};

const [width, height] = [31, 23];
const random = randomAt(5, "onnx", 0);
const image: Image<Float32Array> = {
  width,
  height,
  channels: 2,
  data: Float32Array.from({ length: width * height * 2 }, () => random() - 0.5),
};

/** The weights' formula of make-fixtures.py: values in the order of [out, in, 3, 3]. */
const weight = (index: number) => ((37 * index) % 19) / 19 - 0.5;

/** A valid 3 × 3 convolution, written out. */
function convolve(
  { width, height, channels, data }: Image<Float32Array>,
  filters: number,
): Image<Float32Array> {
  const [w, h] = [width - 2, height - 2];
  const out = new Float32Array(w * h * filters);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let f = 0; f < filters; f++) {
        let sum = weight(f);
        for (let c = 0; c < channels; c++) {
          for (let tap = 0; tap < 9; tap++) {
            const pixel = (y + Math.floor(tap / 3)) * width + x + (tap % 3);
            sum += weight((f * channels + c) * 9 + tap) * data[pixel * channels + c];
          }
        }
        out[(y * w + x) * filters + f] = sum;
      }
    }
  }
  return { width: w, height: h, channels: filters, data: out };
}

function expectedLogits(): Float32Array {
  const whole = cropMirrored(image, { x: -2, y: -2, width: width + 4, height: height + 4 });
  const hidden = convolve(whole, 4);
  return convolve({ ...hidden, data: hidden.data.map((value) => Math.max(value, 0)) }, 3).data;
}

describe.each(["NCHW", "NHWC"] as const)("a session of ONNX Runtime, %s", (layout) => {
  let network: OnnxNetwork;
  beforeAll(async () => {
    const file = layout === "NCHW" ? "two-convolutions.onnx" : "two-convolutions-nhwc.onnx";
    const session = await ort.InferenceSession.create(
      readFileSync(new URL(`fixtures/${file}`, import.meta.url)),
    );
    network = { session, geometry, layout, channels: 2, classes: 3 };
  });

  test.each([undefined, 12])("gives the logits of the network, tiles of %s px", async (tileSize) => {
    const scores = await predictTiled(image, network, { tileSize, activation: "none" });
    expect(scores).toMatchObject({ width, height, channels: 3 });
    const expected = expectedLogits();
    let worst = 0;
    for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(scores.data[i] - expected[i]));
    expect(worst).toBeLessThan(1e-5);
  });

  test("says its channels itself, and a geometry that is not its own is refused", async () => {
    const { session } = network;
    const scores = await predictTiled(image, { session, geometry, layout });
    expect(scores.channels).toBe(3);
    const wrong = { ...geometry, outputSize: (input: number) => input - 2, margin: 1 };
    await expect(predictTiled(image, { ...network, geometry: wrong })).rejects.toThrow(
      /the session gave .* for a tile of 27 × 35, and the geometry says 25 × 33 with 3 classes/,
    );
    const unknown = { layout: "HWC" as "NHWC" };
    await expect(predictTiled(image, { ...network, ...unknown })).rejects.toThrow('got "HWC"');
  });
});

describe("a session that says anything", () => {
  const said = (
    inputShape: unknown,
    outputShape: unknown,
    data: unknown = new Float32Array(4),
  ): OnnxNetwork => ({
    session: {
      inputNames: ["x"],
      outputNames: ["y"],
      inputMetadata: [{ shape: inputShape }],
      outputMetadata: [{ shape: outputShape }],
      run: async () => ({ y: { dims: [1], type: "float16", getData: async () => data } }),
    },
    geometry,
    layout: "NCHW",
  });
  const input = [1, 2, -1, -1];
  const [many, none] = [
    "the session's classes must be 1 to 65536, got ",
    "the session does not say its classes",
  ];

  test.each([
    [[1, 1e9, -1, -1], `${many}1000000000`],
    [[1, 2 ** 60, 1, 1], many],
    [[1, 0, 1, 1], `${many}0`],
    [[1, -7, 1, 1], `${many}-7`],
    [[1, 1.5, 1, 1], `${many}1.5`],
    [[1, Number.NaN, 1, 1], `${many}NaN`],
    [[1, Number.POSITIVE_INFINITY, 1, 1], `${many}Infinity`],
    [[1, -1, 1, 1], none],
    [[1, "classes", 1, 1], none],
    [[1, 3n, 1, 1], none],
    [[1, [3], 1, 1], none],
    [[1, 3], none],
    [[], none],
    ["1,3,1,1", none],
    [null, none],
    [{ 1: 3, length: 4 }, none],
  ])("output shape %o", async (shape, message) => {
    await expect(predictTiled(image, said(input, shape))).rejects.toThrow(message);
  });

  test("channels of the input, and counts that are given, are held to the same", async () => {
    await expect(predictTiled(image, said([1, 1e8, 1, 1], [1, 3, 1, 1]))).rejects.toThrow(
      "predictTiled: the session's channels must be 1 to 65536, got 100000000",
    );
    await expect(predictTiled(image, { ...said(input, input), classes: 1e7 })).rejects.toThrow(
      "predictTiled: classes must be 1 to 65536, got 10000000",
    );
  });

  test("scores that are no float32, or more than memory holds", async () => {
    // What ONNX Runtime gives for float16: bits, which are no numbers.
    const half = said(input, [1, 3, -1, -1], new Uint16Array(width * height * 3));
    await expect(predictTiled(image, half)).rejects.toThrow("the session must give float32, got float16");
    const large = { width: 2 ** 17, height: 2 ** 17, channels: 2, read: async () => image };
    await expect(predictTiled(large, said(input, [1, 65536, -1, -1]))).rejects.toThrow(
      "the scores of 131072 × 131072 px in 65536 classes take 4503600 GB of memory, which isn't there; give a sink",
    );
  });
});
