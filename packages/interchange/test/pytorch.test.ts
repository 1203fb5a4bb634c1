import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { modelGeometry } from "@unet/inference";
import { fromPyTorch, toSafetensors, UnreadableNetworkError, UnsupportedLayerError } from "@unet/interchange";
import { modelFromBytes, modelToBytes } from "@unet/model";
import { zipSync } from "fflate";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../src/torch/safetensors.js";
import { decodeStateDict } from "../src/torch/state-dict.js";
import { unpickle } from "../src/torch/unpickle.js";
import { configurations, difference, logitsOf, noiseFor, tinyNetwork } from "./networks.js";
import { nchw, nhwc } from "./run-onnx.js";

const fixture = (name: string) => readFileSync(new URL(`fixtures/torch/${name}`, import.meta.url));
const python = process.env.UNET_PYTHON ?? "python3";
const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;

const models: LayersModel[] = [];
const kept = (model: LayersModel) => {
  models.push(model);
  return model;
};
beforeAll(() => tf.setBackend("cpu"));
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

/** How far a network's logits are from those that PyTorch gave. */
function distance(model: LayersModel, name: string): number {
  const { input, logits, shape } = JSON.parse(fixture(`${name}.json`).toString());
  const count = input.reduce((a: number, b: number) => a * b);
  const values = Float32Array.from({ length: count }, (_, i) => Math.fround(((37 * i) % 101) / 101) - 0.5);
  const { shape: given, values: image } = nhwc({ shape: input, values });
  const made = logitsOf(model, { shape: given as [number, number, number, number], values: image });
  expect(nchw(made).shape).toEqual(shape);
  return difference(nchw(made).values, logits);
}

describe("state dicts of PyTorch give its logits", () => {
  test.each(["transposed.pth", "transposed.safetensors"])("milesial's names, %s", async (file) => {
    const model = kept(
      await fromPyTorch(fixture(file), { normalisation: "range", classNames: ["no", "yes"] }),
    );
    expect(distance(model, "transposed")).toBeLessThan(1e-5);
    expect(model.getUserDefinedMetadata()).toMatchObject({
      normalisation: "range",
      classNames: ["no", "yes"],
      architecture: { depth: 2, filters: 2, padding: "same", batchNormalisation: true, dropout: 0 },
    });
  });

  test("milesial's bilinear network, in a checkpoint and of DataParallel; it is saved and opened", async () => {
    const model = kept(await fromPyTorch(fixture("bilinear.pth")));
    expect(distance(model, "bilinear")).toBeLessThan(1e-5);
    const again = kept(await modelFromBytes(await modelToBytes(model)));
    expect(distance(again, "bilinear")).toBeLessThan(1e-5);
    expect(() => modelGeometry(again)).toThrow("dec1.resize");
    expect(modelGeometry(again, { approximate: true })).toMatchObject({ padding: "same", multiple: 4 });
  });

  test("other names, by their order, once it is said what shapes don't tell", async () => {
    const bytes = fixture("unpadded.pth");
    const architecture = { padding: "valid", variant: "paper" } as const;
    const model = kept(await fromPyTorch(bytes, { architecture }));
    expect(distance(model, "unpadded")).toBeLessThan(1e-5);
    await expect(fromPyTorch(bytes)).rejects.toThrow(
      "the .pth has names that aren't known (16 tensors, the first of which are first.weight, first.bias, second.weight); to take them by their order give architecture.padding and architecture.variant",
    );
    const wrong = await fromPyTorch(bytes, {
      architecture: { ...architecture, variant: "released" },
    }).catch((error) => error);
    expect(wrong).toBeInstanceOf(UnreadableNetworkError);
    expect(wrong.message).toContain(
      "the first is expand.weight [4, 2, 2, 2]: wanted dec0.up.weight [4, 4, 2, 2]",
    );
    expect(wrong.table).toHaveLength(3);
  });

  test("half and bfloat16, and tensors whose numbers lie in another order", () => {
    const [half, whole] = ["half.pth", "unpadded.pth"].map((name) => decodeStateDict(fixture(name)));
    expect([...half.keys()]).toEqual([...whole.keys()]);
    for (const [name, { shape, values }] of whole) {
      expect(half.get(name)!.shape).toEqual(shape);
      const bits = shape.length === 4 ? 11 : 8;
      for (const [i, value] of values.entries()) {
        expect(Math.abs(half.get(name)!.values[i] - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -bits);
      }
    }
  });
});

describe("toSafetensors", () => {
  test.each(configurations.map((config) => [JSON.stringify(config), config] as const))(
    "fromPyTorch makes the same network of it: %s",
    async (_, config) => {
      const model = kept(tinyNetwork(config));
      const metadata = {
        ...model.getUserDefinedMetadata(),
        training: { steps: 7 },
        task: { aim: "instances" },
      };
      model.setUserDefinedMetadata(metadata);
      for (const names of ["milesial", "own"] as const) {
        const again = kept(await fromPyTorch(await toSafetensors(model, { names })));
        expect(again.getUserDefinedMetadata()).toEqual({
          ...metadata,
          architecture: again.getUserDefinedMetadata()!["architecture" as never],
        });
        const [a, b] = [model, again].map((each) => each.getWeights().map((weight) => weight.dataSync()));
        expect(b).toEqual(a);
      }
    },
  );

  test("a model that createUNet didn't make is refused", async () => {
    const model = kept(await fromPyTorch(fixture("bilinear.pth")));
    await expect(toSafetensors(model)).rejects.toThrow(UnsupportedLayerError);
  });

  test.skipIf(!hasTorch)(
    `the README's module gives the same logits in PyTorch${hasTorch ? "" : " (needs UNET_PYTHON)"}`,
    async () => {
      const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
      const module = /```python\n(import json, torch[\s\S]*?)```/.exec(readme)![1];
      const folder = mkdtempSync(join(tmpdir(), "unet-torch-"));
      const expected: Float32Array[] = [];
      for (const [i, config] of configurations.entries()) {
        const model = kept(tinyNetwork(config));
        writeFileSync(join(folder, `${i}.safetensors`), await toSafetensors(model));
        const noise = noiseFor(model);
        const { shape, values } = nchw(noise);
        writeFileSync(join(folder, `${i}.json`), JSON.stringify({ shape, values: [...values] }));
        expected.push(nchw(logitsOf(model, noise)).values);
      }
      const script = `
${module}
import struct, sys
for i in range(int(sys.argv[2])):
    data = open(f"{sys.argv[1]}/{i}.safetensors", "rb").read()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    network = UNet(json.loads(header.pop("__metadata__")["unet"])["architecture"]).eval()
    state = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        numbers = torch.frombuffer(bytearray(data[8 + size + first:8 + size + last]), dtype=torch.float32)
        state[name] = numbers.reshape(entry["shape"])
    missing = network.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys and all("num_batches" in key for key in missing.missing_keys), missing
    given = json.load(open(f"{sys.argv[1]}/{i}.json"))
    with torch.no_grad():
        print(json.dumps(network(torch.tensor(given["values"]).reshape(given["shape"])).ravel().tolist()))
`;
      const out = execFileSync(python, ["-c", script, folder, String(configurations.length)], {
        encoding: "utf8",
      });
      rmSync(folder, { recursive: true });
      for (const [i, line] of out.trim().split("\n").entries()) {
        expect(difference(JSON.parse(line), expected[i])).toBeLessThan(1e-5);
      }
    },
  );
});

describe("bad files are refused, in one line", () => {
  const refused = async (bytes: Uint8Array) => {
    const { numTensors } = tf.memory();
    const error = await fromPyTorch(bytes).catch((problem) => problem);
    expect(error).toBeInstanceOf(UnreadableNetworkError);
    expect(error.message).not.toContain("\n");
    expect(tf.memory().numTensors).toBe(numTensors);
    return error.message as string;
  };

  test("cut short anywhere", async () => {
    for (const name of ["transposed.safetensors", "unpadded.pth"]) {
      const bytes = fixture(name);
      for (let i = 0; i < 40; i++) await refused(bytes.subarray(0, Math.floor((i / 40) * bytes.length)));
    }
  });

  test("what PyTorch 1.6 wrote no more, and whole modules", async () => {
    expect(await refused(fixture("old.pth"))).toContain("PyTorch before 1.6");
    expect(await refused(fixture("whole.pth"))).toBe(
      "the pickle names __main__.Network; only state dicts of tensors are read, and nothing is executed",
    );
  });

  const pickled = (...parts: Array<string | number[]>) => {
    const bytes = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
    return Uint8Array.from(bytes.flatMap((part) => [...part]));
  };
  const archive = (pickle: Uint8Array) => zipSync({ "archive/data.pkl": pickle }, { level: 0 });

  test("a pickle that would execute something", async () => {
    const calls = pickled([128, 2], "cos\nsystem\n", [88, 4, 0, 0, 0], "exit", [133, 82, 46]);
    expect(await refused(archive(calls))).toContain("the pickle names os.system");
    const getattr = pickled([128, 4, 140, 8], "builtins", [140, 4], "eval", [147, 46]);
    expect(await refused(archive(getattr))).toContain("the pickle names builtins.eval");
    const build = pickled([128, 2], "ccollections\nOrderedDict\n", [41, 129, 46]);
    expect(await refused(archive(build))).toContain("the operation 129");
    // of a name that is allowed, something else than a call
    const inherited = pickled([128, 2], "cconstructor\n\n", [41, 82, 46]);
    expect(await refused(archive(inherited))).toContain("the pickle names constructor.");
    expect(unpickle(pickled([128, 2, 125, 113, 0, 88, 1, 0, 0, 0], "a", [75, 7, 115, 46]))).toEqual(
      new Map([["a", 7]]),
    );
  });

  test("numbers that lie outside, or are more than the file has", async () => {
    const tensor = (sides: number[], strides: number[]) => {
      const list = (values: number[]) => [
        40,
        ...values.flatMap((value) => [77, value & 255, value >> 8]),
        116,
      ];
      const storage = pickled(
        [40, 88, 7, 0, 0, 0],
        "storage",
        "ctorch\nFloatStorage\n",
        [88, 1, 0, 0, 0],
        "0",
        [88, 3, 0, 0, 0],
        "cpu",
        [75, 2, 116, 81],
      );
      const made = pickled(
        [128, 2, 125, 88, 1, 0, 0, 0],
        "w",
        "ctorch._utils\n_rebuild_tensor_v2\n",
        [40],
        [...storage],
        [75, 0],
        list(sides),
        list(strides),
        [137, 125, 116, 82, 115, 46],
      );
      return zipSync({ "archive/data.pkl": made, "archive/data/0": new Uint8Array(8) }, { level: 0 });
    };
    expect(decodeStateDict(tensor([2], [1])).get("w")).toEqual({ shape: [2], values: new Float32Array(2) });
    expect(await refused(tensor([3], [1]))).toContain("w reaches beyond its 2 numbers");
    expect(await refused(tensor([60000, 60000], [0, 0]))).toContain("more numbers than it has");
  });

  test("compressed archives", async () => {
    const bytes = zipSync({ "archive/data.pkl": new Uint8Array(100_000) }, { level: 9 });
    expect(await refused(bytes)).toContain("compressed");
  });

  test("other tensors than those of a U-Net, and NaN, by name", async () => {
    const file = decodeSafetensors(fixture("transposed.safetensors"));
    const changed = (change: (tensors: typeof file.tensors) => void) => {
      const tensors = new Map(file.tensors);
      change(tensors);
      return encodeSafetensors({ tensors, metadata: {} });
    };
    expect(await refused(changed((tensors) => tensors.delete("up1.conv.double_conv.3.weight")))).toBe(
      "the safetensors file: up1.conv.double_conv.3.weight: is missing, wanted [4, 4, 3, 3]",
    );
    const extra = { shape: [2], values: new Float32Array(2) };
    expect(await refused(changed((tensors) => tensors.set("attention.weight", extra)))).toContain(
      "attention.weight: [2] is left over",
    );
    const nan = { shape: [2], values: Float32Array.of(1, Number.NaN) };
    expect(await refused(changed((tensors) => tensors.set("outc.conv.bias", nan)))).toContain(
      "the weight outc.conv.bias holds NaN at 1",
    );
    const shape = { shape: [1, 2, 3, 3], values: new Float32Array(18) };
    expect(await refused(changed((tensors) => tensors.set("inc.double_conv.3.weight", shape)))).toContain(
      "inc.double_conv.3.weight: has the shape [1, 2, 3, 3], wanted [2, 2, 3, 3]",
    );
    const monai = encodeSafetensors({
      tensors: new Map([["model.0.conv.unit0.conv.weight", shape]]),
      metadata: {},
    });
    expect(await refused(monai)).toContain("a network of MONAI (model.0.conv.unit0.conv.weight)");
    const other = encodeSafetensors({ tensors: new Map([["encoder.weight", shape]]), metadata: {} });
    expect(await refused(other)).toContain(
      "names that aren't known (1 tensors, the first of which are encoder.weight)",
    );
  });

  test("headers that lie", async () => {
    const lying = (header: object) => {
      const json = new TextEncoder().encode(JSON.stringify(header));
      const bytes = new Uint8Array(8 + json.length + 8);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
      bytes.set(json, 8);
      return bytes;
    };
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    expect(decodeSafetensors(lying({ a: entry })).tensors.get("a")!.values).toEqual(new Float32Array(2));
    expect(await refused(lying({ a: { ...entry, data_offsets: [0, 80] } }))).toContain(
      "a lies at 0 to 80 of 8 bytes",
    );
    expect(await refused(lying({ a: entry, b: entry }))).toContain("overlap");
    expect(await refused(lying({ a: { ...entry, shape: [3] } }))).toContain("a of shape [3] has 2 values");
    expect(await refused(lying({ a: { ...entry, dtype: "Q4" } }))).toContain("a of type Q4");
    expect(await refused(lying([1]))).toContain("a header that is no object");
  });
});
