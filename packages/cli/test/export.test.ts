import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toOnnx } from "@unet/interchange";
import { loadModel } from "@unet/model";
import { describe, expect, test } from "vitest";
import { inNewFolder, saveUntrained, unet } from "./in-folder.js";

const at = inNewFolder();

describe("unet export and unet import", () => {
  test("writes what the package's toOnnx gives, and says how large it is", async () => {
    await saveUntrained(at("run"));
    const { out } = await unet(0, "export", at("run"), "--to", "onnx", "--out", at("a.onnx"));
    const model = await loadModel(at("run"));
    const expected = await toOnnx(model);
    expect(readFileSync(at("a.onnx")).equals(expected)).toBe(true);
    expect(out).toMatch(/a\.onnx {2}0\.0\d+ MB\n$/);
    await unet(0, "export", at("run"), "--to", "onnx", "--out", at("b.onnx"), "--activation");
    expect(readFileSync(at("b.onnx")).equals(await toOnnx(model, { activation: "softmax" }))).toBe(true);
    model.dispose();
    const said = await unet(0, "export", at("run"), "--to", "onnx", "--out", at("a.onnx"), "--json");
    expect(JSON.parse(said.out)).toEqual({
      run: at("run"),
      to: "onnx",
      out: at("a.onnx"),
      bytes: expected.length,
    });
  });

  test("safetensors, and back", async () => {
    await saveUntrained(at("run"), { classNames: ["around", "cell"] });
    await unet(0, "export", at("run"), "--to", "safetensors", "--out", at("a.safetensors"));
    const { out } = await unet(0, "import", at("a.safetensors"), "--out", at("again"));
    expect(out).toContain("again  1,886 parameters, 1 to 2 channels");
    const [model, again] = [await loadModel(at("run")), await loadModel(at("again"))];
    const [a, b] = [model, again].map((each) => each.getWeights().map((weight) => weight.dataSync()));
    expect(b).toEqual(a);
    expect(again.getUserDefinedMetadata()).toEqual(model.getUserDefinedMetadata());
    for (const each of [model, again]) each.dispose();
  });

  test("what a file leaves open is asked for by its option, and what doesn't match is listed", async () => {
    const file = fileURLToPath(
      new URL("../../interchange/test/fixtures/torch/unpadded.pth", import.meta.url),
    );
    const open = await unet(1, "import", file, "--out", at("model"));
    expect(open.err).toContain(
      "to take them by their order give --padding and --variant, which shapes leave open",
    );
    await unet(0, "import", file, "--out", at("model"), "--padding", "valid", "--variant", "paper");
    const wrong = await unet(
      1,
      "import",
      file,
      "--out",
      at("b"),
      "--padding",
      "valid",
      "--variant",
      "released",
    );
    expect(wrong.err).toContain("third.weight [2, 4, 3, 3]: wanted dec0.conv0.weight [2, 6, 3, 3]");
    expect(existsSync(at("b"))).toBe(false);
    const over = await unet(2, "import", file, "--out", at("model"));
    expect(over.err).toContain("name a new or an empty folder");
  });

  test("refuses an unknown format, and to write over the run", async () => {
    await saveUntrained(at("run"));
    const unknown = await unet(2, "export", at("run"), "--to", "onx", "--out", at("a.onnx"));
    expect(unknown.err).toContain("Allowed choices are onnx, safetensors");
    const over = await unet(2, "export", at("run"), "--to", "onnx", "--out", at("run/model.json"));
    expect(over.err).toContain("is an input");
    expect(existsSync(at("a.onnx"))).toBe(false);
  });
});
