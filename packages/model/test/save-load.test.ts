import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { type LayersModel, layers, loadLayersModel, sequential } from "@tensorflow/tfjs-layers";
import { temporaryFor } from "@unet/image/node";
import { createUNet, loadModel, modelFromBytes, modelToBytes, saveModel } from "@unet/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SeededDropout } from "../src/layers/dropout.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-model-"));
});
afterEach(() => rm(folder, { recursive: true }));

const input = tf.randomNormal([1, 44, 44, 1], 0, 1, "float32", 1);
const outputOf = (model: LayersModel) =>
  tf.tidy(() => Array.from((model.predict(input) as tf.Tensor).dataSync()));

test.each([
  [{}],
  [{ variant: "released" }],
  [{ upsampling: "bilinear", padding: "same" }],
  [{ upsampling: "nearest", batchNormalisation: true }],
] as const)(
  "a model in a folder comes back as it was, and plain TensorFlow.js opens it: %j",
  async (config) => {
    const model = createUNet({ filters: 2, depth: 2, seed: 3, ...config });
    const path = join(folder, "model");
    await saveModel(model, path, { normalisation: "z-score" });
    expect((await readdir(path)).sort()).toEqual(["model.json", "weights.bin"]);

    const loaded = await loadModel(path);
    expect(outputOf(loaded)).toEqual(outputOf(model));
    expect(loaded.getUserDefinedMetadata()).toMatchObject({
      formatVersion: 1,
      normalisation: "z-score",
      architecture: { filters: 2, depth: 2, ...config },
      classNames: ["background", "class 1"],
    });
    expect(loaded.layers.some((layer) => layer instanceof SeededDropout)).toBe(true);

    const manifest = JSON.parse(await readFile(join(path, "model.json"), "utf8"));
    const classes = new Set(
      manifest.modelTopology.config.layers.map((layer: { class_name: string }) => layer.class_name),
    );
    expect(classes.has("Dropout")).toBe(true);
    expect(classes.has("SeededDropout") || classes.has("UnknownSize")).toBe(false);
    const weights = await readFile(join(path, "weights.bin"));
    const plain = await loadLayersModel(
      tf.io.fromMemory({
        modelTopology: manifest.modelTopology,
        weightSpecs: manifest.weightsManifest[0].weights,
        weightData: weights.buffer.slice(
          weights.byteOffset,
          weights.byteOffset + weights.length,
        ) as ArrayBuffer,
      }),
    );
    expect(outputOf(plain)).toEqual(outputOf(model));
    for (const each of [model, loaded, plain]) each.dispose();
  },
);

test("saving again replaces the model and leaves nothing else behind", async () => {
  const path = join(folder, "model");
  const [first, second] = [1, 2].map((seed) => createUNet({ filters: 2, depth: 2, seed }));
  await saveModel(first, path);
  await saveModel(second, `${path}/`);
  const loaded = await loadModel(path);
  expect(outputOf(loaded)).toEqual(outputOf(second));
  expect(await readdir(folder)).toEqual(["model"]);
  for (const each of [first, second, loaded]) each.dispose();
});

test("other files beside a model stay when it is saved again", async () => {
  const path = join(folder, "beside");
  const [first, second] = [1, 2].map((seed) => createUNet({ filters: 2, depth: 2, seed }));
  await saveModel(first, path);
  await mkdir(join(path, "notes.old"));
  const others = ["README.md", "weights.bin.bak", "x.0123abcd.tmp", "notes.old/a.txt"];
  for (const name of others) await writeFile(join(path, name), name);
  await saveModel(second, path);
  const loaded = await loadModel(path);
  expect(outputOf(loaded)).toEqual(outputOf(second));
  for (const name of others) expect(await readFile(join(path, name), "utf8")).toBe(name);
  expect((await readdir(path)).sort()).toEqual(
    ["README.md", "model.json", "notes.old", "weights.bin", "weights.bin.bak", "x.0123abcd.tmp"].sort(),
  );
  for (const each of [first, second, loaded]) each.dispose();
});

test("what a killed process left of its save goes with the next", async () => {
  const path = join(folder, "killed");
  const model = createUNet({ filters: 2, depth: 2 });
  await saveModel(model, path);
  const ofDead = (file: string) => temporaryFor(file).replace(/-\d+-\d+-(\w+\.tmp)$/, "-99999999-1-$1");
  const passing = ofDead(join(path, "weights.bin"));
  for (const left of [passing, ofDead(passing)]) await writeFile(left, "half");
  await saveModel(model, path);
  expect((await readdir(path)).sort()).toEqual(["model.json", "weights.bin"]);
  model.dispose();
});

test("neither a model.json that is no model nor weights of another are replaced", async () => {
  const path = join(folder, "strange");
  const model = createUNet({ filters: 2, depth: 1 });
  await mkdir(path);
  await writeFile(join(path, "model.json"), '{"name":"mine"}');
  await expect(saveModel(model, path)).rejects.toThrow("strange/model.json is no model of TensorFlow.js");
  const manifest = '{"modelTopology":{},"weightsManifest":[{"paths":["group1-shard1of1.bin"],"weights":[]}]}';
  await writeFile(join(path, "model.json"), manifest);
  await writeFile(join(path, "weights.bin"), "years");
  await expect(saveModel(model, path)).rejects.toThrow("holds a weights.bin that is not its model's");
  expect(await readFile(join(path, "weights.bin"), "utf8")).toBe("years");
  expect(await readFile(join(path, "model.json"), "utf8")).toBe(manifest);
  model.dispose();
});

test("bytes hold a whole model", async () => {
  const model = createUNet({ filters: 2, depth: 2 });
  const bytes = await modelToBytes(model);
  const loaded = await modelFromBytes(bytes);
  expect(outputOf(loaded)).toEqual(outputOf(model));
  await expect(modelFromBytes(bytes.subarray(0, bytes.length - 4))).rejects.toThrow(
    "the weights are cut short",
  );
  await expect(modelFromBytes(new Uint8Array(3))).rejects.toThrow("the bytes are no model, or are cut short");
  for (const each of [model, loaded]) each.dispose();
});

test("an IOHandler of one's own keeps a model", async () => {
  const model = createUNet({ filters: 2, depth: 2 });
  let kept: tf.io.ModelArtifacts | undefined;
  const handler: tf.io.IOHandler = {
    save: async (artifacts) => {
      kept = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    },
    load: async () => kept!,
  };
  await saveModel(model, handler, { classNames: ["outside", "cell"] });
  const loaded = await loadModel(handler);
  expect(outputOf(loaded)).toEqual(outputOf(model));
  expect(loaded.getUserDefinedMetadata()).toMatchObject({ classNames: ["outside", "cell"] });
  // What is said of a file is not said of the model.
  expect(model.getUserDefinedMetadata()).toMatchObject({ classNames: ["background", "class 1"] });
  const broken = { load: () => Promise.reject(new Error("no such key")) };
  await expect(loadModel(broken)).rejects.toThrow(
    "loadModel: the IOHandler holds no model that can be read (no such key)",
  );
  for (const each of [model, loaded]) each.dispose();
});

test("the layers of a model that is not ours are left as they are", async () => {
  const dropout = layers.dropout({ rate: 0.5, noiseShape: [1, 1, 1, 4], inputShape: [null, null, 4] });
  const foreign = sequential({ layers: [dropout] });
  const loaded = await modelFromBytes(await modelToBytes(foreign));
  expect(loaded.layers[0].getConfig()).toMatchObject({ noiseShape: [1, 1, 1, 4] });
  expect(loaded.layers[0]).not.toBeInstanceOf(SeededDropout);
});

describe("over HTTP", () => {
  let server: Server;
  let address: string;
  afterEach(() => server.close());

  async function serve(handle: RequestListener) {
    server = createServer(handle);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("a model is sent to a URL", async () => {
    let body = "";
    await serve((request, response) => {
      request.setEncoding("latin1");
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => response.end());
    });
    const model = createUNet({ filters: 2, depth: 2 });
    await saveModel(model, `${address}/models`);
    expect(body).toContain('filename="model.json"');
    expect(body).toContain('filename="model.weights.bin"');
    expect(body).toContain('"class_name":"Dropout"');
    model.dispose();
  });

  test("a served folder is opened by its URL", async () => {
    const model = createUNet({ filters: 2, depth: 2 });
    await saveModel(model, join(folder, "model"));
    await serve((request, response) => {
      readFile(join(folder, request.url!)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    const loaded = await loadModel(`${address}/model/model.json`);
    expect(outputOf(loaded)).toEqual(outputOf(model));
    expect(loaded.layers.some((layer) => layer instanceof SeededDropout)).toBe(true);
    await expect(loadModel(`${address}/nothing/model.json`)).rejects.toThrow(
      "holds no model that can be read",
    );
    for (const each of [model, loaded]) each.dispose();
  });
});

describe("what can't be opened gets one line", () => {
  test("a missing folder", async () => {
    await expect(loadModel(join(folder, "none"))).rejects.toThrow(
      "none holds no model.json; give the folder that saveModel wrote",
    );
  });

  test("truncated weights, damaged JSON, a version to come", async () => {
    const path = join(folder, "model");
    const model = createUNet({ filters: 2, depth: 1 });
    await saveModel(model, path);
    const weights = await readFile(join(path, "weights.bin"));
    await writeFile(join(path, "weights.bin"), weights.subarray(0, 100));
    await expect(loadModel(path)).rejects.toThrow(
      /weights are cut short or of another model: 100 bytes, \d+ expected/,
    );
    await writeFile(join(path, "model.json"), "{");
    await expect(loadModel(path)).rejects.toThrow("model.json is damaged: it is no JSON");
    await saveModel(model, path, { formatVersion: 2 });
    await expect(loadModel(path)).rejects.toThrow(
      "of format version 2, and this reads 1; update @unet/model",
    );
    model.dispose();
  });

  test("a folder of other things is not replaced", async () => {
    await mkdir(join(folder, "papers"));
    await writeFile(join(folder, "papers", "thesis.txt"), "years");
    const model = createUNet({ filters: 2, depth: 1 });
    await expect(saveModel(model, join(folder, "papers"))).rejects.toThrow(
      "holds other files; give a new folder",
    );
    expect(await readFile(join(folder, "papers", "thesis.txt"), "utf8")).toBe("years");
    model.dispose();
  });
});
