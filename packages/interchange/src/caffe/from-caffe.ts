import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createUNet, type UNetConfig } from "@unet/model";
import { UnreadableNetworkError } from "../errors.js";
import { decodeMessage } from "../protobuf/message.js";
import { describe, type ImportOptions } from "../weights/imported.js";
import { assertSize, type NamedTensors, setTensors, sized } from "../weights/named-tensors.js";
import type { TensorValues } from "../weights/transpose.js";
import { parseTextFormat, type TextMessage } from "./prototxt.js";
import { type CaffeBlob, type CaffeLayer, type CaffeNet, netSchema, typeName } from "./schema.js";

/** What is known of a `.caffemodel` beside it. */
export interface CaffeOptions extends ImportOptions {
  /** The text of the `.prototxt`, whose layers stand in for those that the model names. */
  prototxt?: string;
}

/**
 * The network in a `.caffemodel` whose layers have the names that the U-Net's authors gave theirs (`conv_d0a-b`,
 * `upconv_d4c_u3a`, `conv_u0d-score`), of any depth; blobs of both ages are read. How maps are joined is that of
 * `variant: "released"`, and must be: [upsampled, skip], a ReLU after each up-convolution.
 *
 * ```ts
 * const network = fromCaffe(await readFile("phseg_v5.caffemodel"));
 * ```
 *
 * @throws UnreadableNetworkError where the file is damaged or holds another network; its `table` lists what did not match
 */
export function fromCaffe(bytes: Uint8Array, { prototxt, ...options }: CaffeOptions = {}): LayersModel {
  const what = "the caffemodel";
  const net = decodeMessage(netSchema, bytes, what) as unknown as CaffeNet;
  const layers = net.layers.length > 0 ? net.layers : net.oldLayers;
  if (layers.length === 0) throw new UnreadableNetworkError(`${what} holds no layers`);
  const weighted = layers.filter(({ blobs }) => blobs.length > 0);
  if (weighted.length === 0)
    throw new UnreadableNetworkError(`${what} holds no weights; is it a prototxt's?`);
  const names = ownNames(weighted);
  const tensors: NamedTensors = new Map();
  for (const layer of weighted) {
    const own = names.get(layer)!;
    for (const [i, blob] of layer.blobs.entries()) {
      const part = ["weight", "bias"][i] ?? `blob ${i}`;
      const values = valuesOf(blob, `${layer.name} (${part})`);
      tensors.set(`${own}.${part}`, part === "bias" ? flat(values) : values);
    }
  }
  assertJoined(prototxt === undefined ? layers : layersIn(prototxt, weighted));
  const model = createUNet(architectureOf(tensors, options.architecture));
  try {
    const written = new Map(weighted.map((layer) => [names.get(layer), layer.name]));
    setTensors(model, tensors, what, (name) => {
      const [, layer, part] = /^(.*)\.(\w+)$/.exec(name)!;
      return `${written.get(layer) ?? layer} (${part})`;
    });
    return describe(model, options);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What our layers are called, for each of theirs. */
function ownNames(layers: readonly CaffeLayer[]): Map<CaffeLayer, string> {
  const deepest = Math.max(
    ...layers.map(({ name = "" }) => Number(/^conv_d(\d+)a-b$/.exec(name)?.[1] ?? -1)),
  );
  const named = layers.map((layer) => [layer, ownName(layer.name ?? "", deepest)] as const);
  const unknown = named.filter(([, own]) => own === undefined).map(([{ name = "" }]) => name);
  const own = named.map(([, name]) => name);
  const twice = named.find(([, name], i) => own.indexOf(name) !== i)?.[0].name;
  if (deepest < 1 || unknown.length > 0 || twice !== undefined) {
    const first = unknown[0] ?? twice ?? layers[0].name;
    throw new UnreadableNetworkError(
      `the caffemodel holds ${twice !== undefined && unknown.length === 0 ? "twice" : "another network, with"} a layer ${first}; a U-Net of the authors has conv_d0a-b, conv_d0b-c, … upconv_d1c_u0a, conv_u0b-c, conv_u0c-d, conv_u0d-score`,
      {
        table: layers.map(
          ({ name, blobs }) => `${name}: ${blobs.map((blob) => sized(shapeOf(blob))).join(", ")}`,
        ),
      },
    );
  }
  return new Map(named as Array<readonly [CaffeLayer, string]>);
}

function ownName(name: string, deepest: number): string | undefined {
  const down = /^conv_d(\d+)(a-b|b-c)$/.exec(name);
  if (down)
    return `${Number(down[1]) === deepest ? "bottom" : `enc${Number(down[1])}`}.conv${down[2] === "a-b" ? 0 : 1}`;
  const up = /^upconv_[du]\d+[cd]_u(\d+)a$/.exec(name);
  if (up) return `dec${Number(up[1])}.up`;
  const joined = /^conv_u(\d+)(b-c|c-d)$/.exec(name);
  if (joined) return `dec${Number(joined[1])}.conv${joined[2] === "b-c" ? 0 : 1}`;
  return name === "conv_u0d-score" ? "head" : undefined;
}

function shapeOf({ shape, num = 1, channels = 1, height = 1, width = 1 }: CaffeBlob): number[] {
  return shape?.dims ?? [num, channels, height, width];
}

function valuesOf(blob: CaffeBlob, name: string): TensorValues {
  const values = blob.data ?? (blob.doubles ? Float32Array.from(blob.doubles) : new Float32Array(0));
  const shape = shapeOf(blob);
  assertSize(name, shape, values.length);
  return { shape, values };
}

/** A bias was [1, 1, 1, n] once. */
function flat({ values }: TensorValues): TensorValues {
  return { shape: [values.length], values };
}

function architectureOf(tensors: NamedTensors, given: Partial<UNetConfig> = {}): Partial<UNetConfig> {
  const shape = (name: string): readonly number[] => {
    const found = tensors.get(name)?.shape;
    if (found?.length === 4) return found;
    throw new UnreadableNetworkError(`the caffemodel lacks the weights of ${name.replace(/\.weight$/, "")}`);
  };
  const [filters, inputChannels] = shape("enc0.conv0.weight");
  return {
    ...given,
    variant: "released",
    padding: "valid",
    upsampling: "transpose",
    batchNormalisation: false,
    depth: [...tensors.keys()].filter((name) => /^enc\d+\.conv0\.weight$/.test(name)).length,
    filters,
    inputChannels,
    classes: shape("head.weight")[0],
  };
}

const convolutions = ["convolution", "deconvolution"];

/** @throws UnreadableNetworkError where maps are joined otherwise than in the authors' networks */
function assertJoined(layers: readonly CaffeLayer[]): void {
  const maker = (top: string): CaffeLayer | undefined =>
    layers.find(({ tops, bottoms }) => tops.includes(top) && !bottoms.includes(top));
  const kind = (top: string): string => {
    // through what hands maps on: crops, which old files have no number for, and activations with a name of their own
    let layer = maker(top);
    for (let i = 0; layer && !convolutions.includes(typeName(layer.type)) && i < layers.length; i++) {
      layer = maker(layer.bottoms[0]);
    }
    return typeName(layer?.type);
  };
  for (const { name, type, bottoms, tops } of layers) {
    if (typeName(type) === "concat" && String(bottoms.map(kind)) !== "deconvolution,convolution") {
      throw new UnreadableNetworkError(
        `the network's ${name} joins ${bottoms.join(", ")}; wanted are the upsampled map, then the skip, as in the authors' networks`,
      );
    }
    if (typeName(type) !== "deconvolution") continue;
    const isActivated = layers.some(
      (other) => typeName(other.type) === "relu" && other.bottoms.includes(tops[0]),
    );
    if (!isActivated) {
      throw new UnreadableNetworkError(
        `the network's ${name} has no ReLU after it, as the authors' networks have`,
      );
    }
  }
}

/** The layers of a prototxt, each weighted layer of the model among them. */
function layersIn(prototxt: string, weighted: readonly CaffeLayer[]): CaffeLayer[] {
  const net = parseTextFormat(prototxt);
  const texts = (message: TextMessage, field: string) =>
    (message[field] ?? []).filter((value) => typeof value === "string");
  const messages = [...(net.layer ?? []), ...(net.layers ?? [])].filter((value) => typeof value !== "string");
  const layers = messages.map(
    (message): CaffeLayer => ({
      name: texts(message, "name")[0],
      type: texts(message, "type")[0],
      bottoms: texts(message, "bottom"),
      tops: texts(message, "top"),
      blobs: [],
    }),
  );
  for (const { name, type } of weighted) {
    const said = layers.find((layer) => layer.name === name);
    if (said && typeName(said.type) === typeName(type)) continue;
    const found = said ? `is a ${said.type} in it` : "isn't in it";
    throw new UnreadableNetworkError(`the prototxt is of another network: ${name} ${found}`);
  }
  return layers;
}
