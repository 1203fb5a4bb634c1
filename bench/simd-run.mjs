// One case of bench/simd.mjs on one backend: says when it is ready, with some outputs, then answers each message with the
// milliseconds of one run.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { toOnnx } from "@unet/interchange";
import { weightedCrossEntropy } from "@unet/loss";
import { createUNet } from "@unet/model";
import { Optimizer, trainingStep } from "@unet/training";

const { backend, threads, filters, size, step, recipe, padded } = JSON.parse(process.argv[2]);

/** Where peers lie that the project doesn't depend on. */
const peers = process.env.UNET_PEERS ?? fileURLToPath(new URL("../.tools/peers/", import.meta.url));

try {
  const { run, sample } = await prepare();
  process.on("message", async () => {
    const start = performance.now();
    await run();
    process.send({ milliseconds: performance.now() - start });
  });
  process.send({ sample });
} catch (error) {
  process.send({ missing: `Without ${backend}: ${error.message.split("\n")[0]}` });
}

async function prepare() {
  const isTfjs = backend !== "onnxruntime";
  await useBackend({ prefer: [isTfjs ? backend : "cpu"] });
  if (backend === "simd") (await import("@unet/backend-simd")).setThreads(threads);
  const own = { ...(recipe && { batchNormalisation: true }), padding: recipe || padded ? "same" : "valid" };
  const model = createUNet({ filters, seed: 2015, dropout: 0, ...own });
  const input = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i * i));
  if (!isTfjs) return prepareSession(model, input);
  return step ? prepareStep(model, input) : prepareForward(model, input);
}

async function prepareForward(model, input) {
  const x = tf.tensor4d(input, [1, size, size, 1]);
  const run = async () => {
    const y = model.predict(x);
    const values = await y.data();
    y.dispose();
    return values;
  };
  return { run, sample: sampleOf(await run(), 2) };
}

function prepareStep(model, input) {
  const output = recipe ? size : outputOf(model);
  const pixels = output * output;
  const tile = {
    image: { width: size, height: size, channels: 1, data: input },
    labels: { width: output, height: output, data: Int32Array.from({ length: pixels }, (_, i) => i % 2) },
    weights: { width: output, height: output, channels: 1, data: new Float32Array(pixels).fill(1) },
  };
  const options = recipe
    ? { optimizer: "adamw", momentum: 0, weightDecay: 0.01, clipNorm: 0 }
    : { optimizer: "sgd", momentum: 0.99, weightDecay: 0, clipNorm: 0 };
  const optimizer = new Optimizer(
    model.trainableWeights.map((weight) => weight.read()),
    options,
  );
  const more = { rate: 1e-5, loss: weightedCrossEntropy, limit: Infinity };
  return { run: () => trainingStep(model, optimizer, [tile], more), sample: [] };
}

function outputOf(model) {
  return tf.tidy(() => model.predict(tf.zeros([1, size, size, 1])).shape[1]);
}

async function prepareSession(model, input) {
  const { InferenceSession, Tensor } = onnxruntime();
  const bytes = await toOnnx(model);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: threads, interOpNumThreads: 1 });
  const feeds = { image: new Tensor("float32", input, [1, 1, size, size]) };
  const run = async () => (await session.run(feeds)).logits.data;
  const scores = await run();
  // channels first
  const pixels = scores.length / 2;
  const interleaved = scores.map((_, i) => scores[(i % 2) * pixels + (i >> 1)]);
  return { run, sample: sampleOf(interleaved, 2) };
}

function onnxruntime() {
  try {
    return createRequire(`${peers}/`)("onnxruntime-node");
  } catch {
    throw new Error(
      "onnxruntime-node is missing: ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix .tools/peers onnxruntime-node@1.30.0",
    );
  }
}

/** Some pixels of scores, all classes of each. */
function sampleOf(scores, classes) {
  const pixels = scores.length / classes;
  return Array.from({ length: 32 }, (_, i) => {
    const pixel = Math.floor((pixels * (i >> 1)) / 16);
    return scores[pixel * classes + (i % classes)];
  });
}
