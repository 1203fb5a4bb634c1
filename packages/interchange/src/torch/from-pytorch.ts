import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createUNet, type ModelMetadata, type UNetConfig } from "@unet/model";
import { UnreadableNetworkError } from "../errors.js";
import { describe, type ImportOptions } from "../weights/imported.js";
import { expectedTensors, type NamedTensors, setTensors, sized } from "../weights/named-tensors.js";
import { cornerAlignedUNet } from "./corner-aligned-unet.js";
import { fromMilesial, isMilesial, toMilesial } from "./milesial.js";
import { decodeSafetensors } from "./safetensors.js";
import { decodeStateDict } from "./state-dict.js";

/**
 * The network whose weights a file of PyTorch holds: `.safetensors`, or a state dict that `torch.save` wrote, of which
 * nothing is executed.
 *
 * Names are those of milesial/Pytorch-UNet (with transposed convolutions or bilinear), or a network's own
 * (`enc0.conv0.weight`). Others are taken in the order of a state dict, where their shapes fit it and
 * `architecture.padding` and `architecture.variant` are given, which no shape tells.
 *
 * ```ts
 * const network = await fromPyTorch(await readFile("unet.safetensors"), { normalisation: "range" });
 * ```
 *
 * @throws UnreadableNetworkError where the file is damaged or holds another network; its `table` lists what did not match
 */
export async function fromPyTorch(bytes: Uint8Array, options: ImportOptions = {}): Promise<LayersModel> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (bytes[0] === 0x80 && bytes[2] === 0x8a) {
    throw new UnreadableNetworkError(
      "the .pth is of PyTorch before 1.6; load its state dict in PyTorch, and save it again by torch.save",
    );
  }
  const { tensors, metadata } = isZip
    ? { tensors: decodeStateDict(bytes), metadata: {} }
    : decodeSafetensors(bytes);
  const weights = withoutCounters(tensors);
  const said = saidBy(metadata);
  const what = isZip ? "the .pth" : "the safetensors file";
  if (weights.has("enc0.conv0.weight")) {
    return describe(
      build(weights, said, options, what, (name) => name),
      options,
      said,
    );
  }
  if (isMilesial(weights)) {
    const { tensors: own, naming } = fromMilesial(weights);
    foldBiases(own);
    const written = (name: string) => toMilesial(name, naming);
    // their network is padded, without dropout
    const theirs = said.architecture
      ? said
      : { ...said, architecture: { padding: "same", dropout: 0 } as UNetConfig };
    return describe(build(own, theirs, options, what, written), options, said);
  }
  assertNotMonai(weights, what);
  return describe(byOrder(weights, options, what, isZip), options, said);
}

function withoutCounters(tensors: NamedTensors): NamedTensors {
  return new Map([...tensors].filter(([name]) => !name.endsWith(".num_batches_tracked")));
}

/** What our own files say of their network. */
function saidBy({ unet }: Record<string, string>): Partial<ModelMetadata> {
  if (unet === undefined) return {};
  try {
    const said = JSON.parse(unet);
    return typeof said === "object" && said !== null ? said : {};
  } catch {
    return {};
  }
}

/** A network of tensors under its own names. */
function build(
  tensors: NamedTensors,
  { architecture: said }: Partial<ModelMetadata>,
  { architecture: given }: ImportOptions,
  what: string,
  written: (name: string) => string,
): LayersModel {
  const found = architectureOf(tensors, what);
  const model =
    found.upsampling === undefined
      ? cornerAlignedUNet(tensors, found.depth)
      : createUNet(settled({ ...said, ...given }, found as UNetConfig & Found, what));
  try {
    setTensors(model, tensors, what, written);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What the shapes of tensors tell. Without a convolution after upsampling `upsampling` is undefined. */
interface Found
  extends Pick<UNetConfig, "depth" | "filters" | "inputChannels" | "classes" | "batchNormalisation"> {
  variant: UNetConfig["variant"];
  upsampling: "transpose" | "interpolated" | undefined;
}

function architectureOf(tensors: NamedTensors, what: string): Found {
  const shape = (name: string): readonly number[] => {
    const found = tensors.get(name)?.shape;
    if (found?.length === 4) return found;
    throw new UnreadableNetworkError(`${what} lacks ${name}, or it is no convolution's`);
  };
  const [filters, inputChannels] = shape("enc0.conv0.weight");
  const up = tensors.get("dec0.up.weight")?.shape;
  const isTransposed = up?.[2] === 2;
  return {
    depth: [...tensors.keys()].filter((name) => /^enc\d+\.conv0\.weight$/.test(name)).length,
    filters,
    inputChannels,
    classes: shape("head.weight")[0],
    batchNormalisation: tensors.has("enc0.bn0.weight"),
    variant: up?.[isTransposed ? 1 : 0] === 2 * filters ? "released" : "paper",
    upsampling: up && (isTransposed ? "transpose" : "interpolated"),
  };
}

/** @throws UnreadableNetworkError where shapes leave open what the network is */
function settled(
  known: Partial<UNetConfig>,
  { upsampling, ...found }: Found,
  what: string,
): Partial<UNetConfig> {
  const missing: string[] = [];
  if (known.padding === undefined) missing.push('padding ("valid" or "same")');
  const interpolates = known.upsampling === "nearest" || known.upsampling === "bilinear";
  if (upsampling === "interpolated" && !interpolates) missing.push('upsampling ("nearest" or "bilinear")');
  if (missing.length > 0) {
    throw new UnreadableNetworkError(
      `${what} doesn't say everything of its network; give architecture.${missing.join(" and architecture.")}`,
    );
  }
  return {
    ...known,
    ...found,
    upsampling: upsampling === "transpose" ? "transpose" : known.upsampling,
  };
}

/** A bias before a normalisation is the same as a mean that is less by it. */
function foldBiases(tensors: NamedTensors): void {
  for (const [name, { values }] of [...tensors]) {
    const [, layer, index] = /^(\w+)\.conv(\d)\.bias$/.exec(name) ?? [];
    const mean = tensors.get(`${layer}.bn${index}.running_mean`);
    if (!mean || mean.values.length !== values.length) continue;
    const shifted = mean.values.map((value, i) => value - values[i]);
    tensors.set(`${layer}.bn${index}.running_mean`, { shape: mean.shape, values: shifted });
    tensors.delete(name);
  }
}

function assertNotMonai(tensors: NamedTensors, what: string): void {
  const name = [...tensors.keys()].find((each) =>
    /(^|\.)(submodule|adn|conv\.unit\d+|upsample\.deconv|residual)\./.test(each),
  );
  if (name === undefined) return;
  throw new UnreadableNetworkError(
    `${what} is a network of MONAI (${name}), which has strided convolutions or instance normalisation where a U-Net has max-pooling and none; write it as ONNX and predict with that`,
  );
}

/** The network that a state dict has if its tensors stand in the order of a U-Net's layers. */
function byOrder(
  tensors: NamedTensors,
  { architecture: given = {} }: ImportOptions,
  what: string,
  isOrdered: boolean,
): LayersModel {
  const names = [...tensors.keys()];
  const seen = `${names.length} tensors, the first of which are ${names.slice(0, 3).join(", ")}`;
  if (!isOrdered) {
    throw new UnreadableNetworkError(
      `${what} has names that aren't known (${seen}), and no order to go by; give the .pth, or names as in the README`,
    );
  }
  if (given.padding === undefined || given.variant === undefined) {
    throw new UnreadableNetworkError(
      `${what} has names that aren't known (${seen}); to take them by their order give architecture.padding and architecture.variant, which shapes leave open`,
    );
  }
  const shapes = [...tensors.values()].map(({ shape }) => shape);
  const kernels = shapes.filter((shape) => shape.length === 4);
  const threes = kernels.filter((shape) => shape[2] === 3).length;
  const depth = (threes / 2 - 1) / 2;
  if (!Number.isInteger(depth) || depth < 1 || kernels[0][2] !== 3) {
    throw new UnreadableNetworkError(
      `${what} has ${threes} convolutions of 3 × 3, and a U-Net two a level: 6, 10, 14, …`,
      { table: names.map((name, i) => `${name} ${sized(shapes[i])}`) },
    );
  }
  const hasTransposed = kernels.some((shape) => shape[2] === 2);
  const model = createUNet({
    upsampling: hasTransposed ? "transpose" : "nearest",
    dropout: 0,
    ...given,
    depth,
    filters: kernels[0][0],
    inputChannels: kernels[0][1],
    classes: kernels.at(-1)![0],
    batchNormalisation: names.some((name) => name.endsWith("running_mean")),
  });
  try {
    const expected = [...expectedTensors(model)];
    const table: string[] = [];
    const own: NamedTensors = new Map();
    for (let i = 0; i < Math.max(expected.length, names.length); i++) {
      const [name, shape] = expected[i] ?? [];
      if (name && names[i] && String(shape) === String(shapes[i])) own.set(name, tensors.get(names[i])!);
      else
        table.push(
          `${names[i] ?? "–"} ${sized(shapes[i] ?? [])}: wanted ${name ?? "nothing"} ${sized(shape ?? [])}`,
        );
    }
    if (table.length > 0) {
      throw new UnreadableNetworkError(
        `${what} can't be taken by order: ${table.length} of ${names.length} tensors don't match, the first is ${table[0]}`,
        { table },
      );
    }
    setTensors(model, own, what);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
