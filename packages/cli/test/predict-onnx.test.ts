import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readImage, readLabels, writeImage } from "@unet/image";
import { describe, expect, test } from "vitest";
import { inNewFolder, unet } from "./in-folder.js";
import { image, saveNetwork, task } from "./task-network.js";

const at = inNewFolder();
const fixture = (path: string) =>
  fileURLToPath(new URL(`../../interchange/test/fixtures/${path}`, import.meta.url));
const runtime: string = "onnxruntime-node";
const hasRuntime = await import(runtime).then(
  () => true,
  () => false,
);

describe("unet predict MODEL.onnx", () => {
  test("segments as the run does: its task and its normalisation lie in the file", async () => {
    await saveNetwork(at("run"), { task });
    await writeImage(at("cells.tif"), image);
    await unet(0, "export", at("run"), "--to", "onnx", "--out", at("run.onnx"));
    const { err } = await unet(
      0,
      "predict",
      at("run"),
      at("cells.tif"),
      "--instances",
      at("a.tif"),
      "--out",
      at("a-scores.tif"),
    );
    const onnx = await unet(
      0,
      "predict",
      at("run.onnx"),
      at("cells.tif"),
      "--instances",
      at("b.tif"),
      "--out",
      at("b-scores.tif"),
    );
    const [, told] = /(task {7}.*)/.exec(err)!;
    expect(told).toContain('instances by "mine": at scale 0.6, threshold 0.45, split by scores');
    expect(onnx.err).toContain(told);
    expect(onnx.err.includes("network    in ONNX Runtime")).toBe(hasRuntime);
    const [a, b] = [await readImage(at("a-scores.tif")), await readImage(at("b-scores.tif"))];
    const apart = a.data.map((value, i) => Math.abs(value - b.data[i]));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
    const [labels, again] = [await readLabels(at("a.tif")), await readLabels(at("b.tif"))];
    expect(Math.max(...labels.data)).toBeGreaterThan(5);
    // a score on the threshold may fall on either side
    const others = labels.data.filter((label, i) => label > 0 !== again.data[i] > 0);
    expect(others.length).toBeLessThan(5);
  });

  test("a file that is none is refused in a line, the file named", async () => {
    await writeImage(at("cells.tif"), image);
    await copyFile(at("cells.tif"), at("none.onnx"));
    const { err } = await unet(1, "predict", at("none.onnx"), at("cells.tif"), "--out", at("a.tif"));
    expect(err).toMatch(/^unet: .*none\.onnx: .+\n$/m);
    const missing = await unet(1, "predict", at("missing.onnx"), at("cells.tif"), "--out", at("a.tif"));
    expect(missing.err).toContain(`there is no ${at("missing.onnx")}`);
  });
});

describe("unet import", () => {
  test("Caffe's network with its prototxt, which must be its own", async () => {
    const [model, text] = ["caffe/new.caffemodel", "caffe/unet.prototxt"].map(fixture);
    const { out } = await unet(
      0,
      "import",
      model,
      "--prototxt",
      text,
      "--out",
      at("model"),
      "--normalisation",
      "range",
      "--json",
    );
    expect(JSON.parse(out)).toEqual({
      file: model,
      out: at("model"),
      parameters: 1956,
      channels: 1,
      classes: 2,
    });
    const said = JSON.parse(readFileSync(at("model/model.json"), "utf8")).userDefinedMetadata;
    expect(said).toMatchObject({ normalisation: "range", architecture: { variant: "released", depth: 2 } });
    const wrong = await unet(
      1,
      "import",
      model,
      "--prototxt",
      fixture("torch/bilinear.json"),
      "--out",
      at("b"),
    );
    expect(wrong.err).toContain("the prototxt can't be read at line 1");
  });

  test("ONNX of PyTorch, which predicts then", async () => {
    await writeImage(at("cells.tif"), image);
    await unet(
      0,
      "import",
      fixture("torch/unpadded-free.onnx"),
      "--out",
      at("model"),
      "--class-names",
      "a,b,c",
    );
    const { out } = await unet(0, "inspect", at("model"), "--json");
    expect(JSON.parse(out)).toMatchObject({
      classNames: ["a", "b", "c"],
      geometry: { margin: 8, multiple: 2 },
    });
    await unet(0, "predict", at("model"), at("cells.tif"), "--out", at("a.tif"));
    expect(await readImage(at("a.tif"))).toMatchObject({ width: 90, height: 61, channels: 1 });
  });
});
