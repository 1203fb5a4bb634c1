import { existsSync, readFileSync } from "node:fs";
import { toOnnx } from "@unet/interchange";
import { loadModel } from "@unet/model";
import { describe, expect, test } from "vitest";
import { inNewFolder, saveUntrained, unet } from "./in-folder.js";

const at = inNewFolder();

describe("unet export --to onnx", () => {
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

  test("refuses an unknown format, and to write over the run", async () => {
    await saveUntrained(at("run"));
    const unknown = await unet(2, "export", at("run"), "--to", "onx", "--out", at("a.onnx"));
    expect(unknown.err).toContain("Allowed choices are onnx");
    const over = await unet(2, "export", at("run"), "--to", "onnx", "--out", at("run/model.json"));
    expect(over.err).toContain("is an input");
    expect(existsSync(at("a.onnx"))).toBe(false);
  });
});
