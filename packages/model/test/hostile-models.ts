/** A `model.json` as far as these changes go. */
export interface ModelJson {
  modelTopology: { class_name: string; config: { layers: LayerJson[]; [name: string]: unknown } };
  weightsManifest: Array<{ paths: unknown[]; weights: SpecJson[] }>;
  userDefinedMetadata: Record<string, unknown>;
  signature?: { weights: unknown };
}

interface LayerJson {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: Array<Array<[layer: string, node: number, tensor: number, options: object]>>;
}

interface SpecJson {
  name: string;
  shape: unknown;
  dtype: unknown;
  quantization?: unknown;
}

type Change = (json: ModelJson) => unknown;

const layerNamed = ({ modelTopology }: ModelJson, name: string) =>
  modelTopology.config.layers.find((layer) => layer.name === name)!;
const configOf = (json: ModelJson, name: string) => layerNamed(json, name).config;
const specsOf = (json: ModelJson) => json.weightsManifest[0].weights;
const specNamed = (json: ModelJson, name: string) => specsOf(json).find((spec) => spec.name === name)!;
const architectureOf = (json: ModelJson) => json.userDefinedMetadata.architecture as Record<string, unknown>;
const relu = (name: string, from: string): LayerJson => ({
  class_name: "ReLU",
  name,
  config: { name },
  inbound_nodes: [[[from, 0, 0, {}]]],
});
/** As many layers as that, each after the one before, the last one the output. */
const chain = (json: ModelJson, count: number) => {
  const names = Array.from({ length: count }, (_, i) => `more${i}`);
  const added = names.map((name, i) => relu(name, i === 0 ? "head" : names[i - 1]));
  json.modelTopology.config.output_layers = [[names.at(-1), 0, 0]];
  return added;
};
/** A model that is called ten times in a model that is called ten times …, and has no weights. */
const nested = (levels: number): object => {
  const input = {
    class_name: "InputLayer",
    name: "in",
    inbound_nodes: [],
    config: { batch_input_shape: [null, 4, 4, 2], dtype: "float32", name: "in" },
  };
  const inner = levels === 0 ? relu("inner", "in") : { ...nested(levels - 1), name: "inner" };
  const calls = Array.from({ length: 10 }, () => [["in", 0, 0, {}]]);
  return {
    class_name: "Functional",
    config: {
      name: `level${levels}`,
      layers: [input, { ...inner, inbound_nodes: calls }],
      input_layers: [["in", 0, 0]],
      output_layers: [["inner", 0, 0]],
    },
  };
};

/** Text that takes the place of the whole `model.json`. */
export const hostileTexts: Record<string, [text: string, problem: RegExp]> = {
  "nothing at all": ["", /is no JSON/],
  "half of an object": ['{"modelTopology": {"class_name":', /is no JSON/],
  null: ["null", /holds no layers model/],
  "a list": ["[]", /holds no layers model/],
  "a number": ["1e999", /holds no layers model/],
  "an empty object": ["{}", /holds no layers model/],
  "a graph model": ['{"modelTopology": {"node": []}, "weightsManifest": []}', /holds no layers model/],
  "lists a million deep": ["[".repeat(1e6) + "]".repeat(1e6), /nested more than 100 deep/],
  "objects half a million deep": ['{"a":'.repeat(5e5) + 1 + "}".repeat(5e5), /nested more than 100 deep/],
  "five million blanks": [" ".repeat(5e6), /has 5000000/],
  "a million lists": [`[${"[],".repeat(1e6)}[]]`, /holds no layers model/],
};

/** Changes of the topology. */
const topologies: Record<string, [change: Change, problem: RegExp]> = {
  "a topology that is text": [
    (json) => Object.assign(json, { modelTopology: "{}" }),
    /holds no layers model/,
  ],
  "a class that is no text": [
    (json) => Object.assign(json.modelTopology, { class_name: 7 }),
    /no layers model/,
  ],
  "an unknown class": [
    (json) => Object.assign(json.modelTopology, { class_name: "Net" }),
    /a Net is no model/,
  ],
  "a class named constructor": [
    (json) => Object.assign(json.modelTopology, { class_name: "constructor" }),
    /a constructor is no model/,
  ],
  "a layer in a model's place": [
    (json) => Object.assign(json.modelTopology, { class_name: "Conv2D" }),
    /a Conv2D is no model/,
  ],
  "the class around all": [
    (json) => Object.assign(layerNamed(json, "head"), { class_name: "UNetModelWithinLimits" }),
    /make no model/,
  ],
  "no list of layers": [(json) => Object.assign(json.modelTopology.config, { layers: 5 }), /make no model/],
  "layers that are null": [(json) => json.modelTopology.config.layers.push(null as never), /make no model/],
  "a layer without config": [
    (json) => delete (layerNamed(json, "head") as Partial<LayerJson>).config,
    /make no model/,
  ],
  "a layer without inputs": [
    (json) => delete (layerNamed(json, "head") as Partial<LayerJson>).inbound_nodes,
    /make no model/,
  ],
  "an unknown layer": [
    (json) => Object.assign(layerNamed(json, "head"), { class_name: "Transformer" }),
    /Unknown layer: Transformer/,
  ],
  "a layer named __proto__": [
    (json) => Object.assign(layerNamed(json, "head"), { class_name: "__proto__" }),
    /make no model/,
  ],
  "an optimiser as a layer": [
    (json) => Object.assign(layerNamed(json, "head"), { class_name: "Zeros" }),
    /make no model/,
  ],
  "10⁸ filters": [
    (json) => Object.assign(configOf(json, "head"), { filters: 1e8 }),
    /which the weights lack/,
  ],
  "10¹⁵ filters": [(json) => Object.assign(configOf(json, "head"), { filters: 1e15 }), /make no model/],
  "−1 filters": [(json) => Object.assign(configOf(json, "head"), { filters: -1 }), /make no model/],
  "1.5 filters": [(json) => Object.assign(configOf(json, "head"), { filters: 1.5 }), /make no model/],
  "filters as text": [(json) => Object.assign(configOf(json, "head"), { filters: "2" }), /make no model/],
  "no filters": [(json) => delete configOf(json, "head").filters, /make no model/],
  "a kernel of 10⁵ pixels": [
    (json) => Object.assign(configOf(json, "bottom.conv0"), { kernel_size: [1e5, 1e5] }),
    /which the weights lack/,
  ],
  "an unknown activation": [
    (json) => Object.assign(configOf(json, "head"), { activation: "toString" }),
    /make no model/,
  ],
  "10⁹ input channels": [
    (json) => Object.assign(configOf(json, "image"), { batch_input_shape: [null, null, null, 1e9] }),
    /which the weights lack/,
  ],
  "−3 input channels": [
    (json) => Object.assign(configOf(json, "image"), { batch_input_shape: [null, null, null, -3] }),
    /make no model/,
  ],
  "an input shape of text": [
    (json) => Object.assign(configOf(json, "image"), { batch_input_shape: "four" }),
    /make no model/,
  ],
  "an input without channels": [
    (json) => Object.assign(configOf(json, "image"), { batch_input_shape: [null, null, null] }),
    /make no model/,
  ],
  "a layer that waits for itself": [
    (json) => Object.assign(layerNamed(json, "bottom.conv1"), relu("bottom.conv1", "bottom.conv1")),
    /wait for each other/,
  ],
  "layers that wait for each other": [
    (json) => Object.assign(layerNamed(json, "enc0.conv0").inbound_nodes[0][0], ["head"]),
    /wait for each other/,
  ],
  "an input that isn't there": [
    (json) => Object.assign(layerNamed(json, "head").inbound_nodes[0][0], ["nobody"]),
    /wait for each other, or for one that isn't there/,
  ],
  "the hundredth call of a layer": [
    (json) => Object.assign(layerNamed(json, "head").inbound_nodes[0][0], { 1: 99 }),
    /wait for each other/,
  ],
  "the hundredth output of a layer": [
    (json) => Object.assign(layerNamed(json, "head").inbound_nodes[0][0], { 2: 99 }),
    /make no model/,
  ],
  "inputs that are no list": [
    (json) => Object.assign(layerNamed(json, "head"), { inbound_nodes: "all" }),
    /make no model/,
  ],
  "an output that isn't there": [
    (json) => Object.assign(json.modelTopology.config, { output_layers: [["nobody", 0, 0]] }),
    /make no model/,
  ],
  "no outputs": [(json) => delete json.modelTopology.config.output_layers, /make no model/],
  "an input of the middle": [
    (json) => Object.assign(json.modelTopology.config, { input_layers: [["bottom.conv0", 0, 0]] }),
    /make no model/,
  ],
  "two layers of one name": [
    (json) => json.modelTopology.config.layers.push(layerNamed(json, "head")),
    /several are named head/,
  ],
  "a model without weights ten times in each of eight others": [
    (json) => json.modelTopology.config.layers.push(nested(8) as LayerJson),
    /of which 20000 are read at most/,
  ],
  "25,000 layers": [
    (json) => json.modelTopology.config.layers.push(...chain(json, 25_000)),
    /of which 20000 are read at most/,
  ],
  "5,000 layers, the last one first": [
    (json) => json.modelTopology.config.layers.unshift(...chain(json, 5000).reverse()),
    /make no model/,
  ],
  "a recurrent layer that keeps the state of a batch of 10⁹": [
    (json) =>
      Object.assign(layerNamed(json, "head"), {
        class_name: "SimpleRNN",
        config: { units: 2, stateful: true, name: "head", batch_input_shape: [1e9, 4, 4] },
      }),
    /keeps a state/,
  ],
  "a dropped share of 2": [
    (json) => Object.assign(configOf(json, "bottom.dropout"), { rate: 2 }),
    /rate must be 0 to below 1, got 2/,
  ],
  "a dropped share of text": [
    (json) => Object.assign(configOf(json, "bottom.dropout"), { rate: "half" }),
    /rate must be 0 to below 1/,
  ],
  "an epsilon of null": [
    (json) => Object.assign(configOf(json, "bottom.bn0"), { epsilon: null }),
    /epsilon must be above 0/,
  ],
  "joins along axis 9": [(json) => Object.assign(configOf(json, "dec0.join"), { axis: 9 }), /make no model/],
  "strides of 0": [(json) => Object.assign(configOf(json, "head"), { strides: "no" }), /make no model/],
};

/** Changes of what is said about the weights. */
const weights: Record<string, [change: Change, problem: RegExp]> = {
  "a manifest that is no list": [(json) => Object.assign(json, { weightsManifest: {} }), /that is no list/],
  "a group that is null": [
    (json) => Object.assign(json, { weightsManifest: [null] }),
    /without lists of paths and weights/,
  ],
  "weights that are no list": [
    (json) => Object.assign(json.weightsManifest[0], { weights: "all" }),
    /without lists of paths and weights/,
  ],
  "a weight that is null": [(json) => specsOf(json).push(null as never), /it is no object/],
  "a weight without name": [(json) => Object.assign(specsOf(json)[0], { name: "" }), /it has no name/],
  "a shape of text": [(json) => Object.assign(specsOf(json)[0], { shape: "3×3" }), /has the shape "3×3"/],
  "a negative side": [(json) => Object.assign(specsOf(json)[0], { shape: [-3, -3, 1, 2] }), /has the shape/],
  "half a pixel": [(json) => Object.assign(specsOf(json)[0], { shape: [0.5, 36] }), /has the shape/],
  "a side of null": [(json) => Object.assign(specsOf(json)[0], { shape: [null, 3] }), /has the shape/],
  "a side of 10³⁰⁰": [(json) => Object.assign(specsOf(json)[0], { shape: [1e300] }), /has the shape/],
  "sides whose product is no whole number": [
    (json) => Object.assign(specsOf(json)[0], { shape: [2 ** 31, 2 ** 31, 2 ** 31] }),
    /more bytes than there can be/,
  ],
  "3.6 GB in one weight": [
    (json) => Object.assign(specNamed(json, "bottom.conv0/kernel"), { shape: [3, 3, 1, 1e8] }),
    /bytes, \d+ expected/,
  ],
  "a hundred axes": [
    (json) => Object.assign(specsOf(json)[0], { shape: Array.from({ length: 100 }, () => 1) }),
    /has 100 axes/,
  ],
  "weights of text": [(json) => Object.assign(specsOf(json)[0], { dtype: "string" }), /of type "string"/],
  "complex weights": [
    (json) => Object.assign(specsOf(json)[0], { dtype: "complex64" }),
    /of type "complex64"/,
  ],
  doubles: [(json) => Object.assign(specsOf(json)[0], { dtype: "float64" }), /of type "float64"/],
  "no type": [(json) => delete (specsOf(json)[0] as Partial<SpecJson>).dtype, /of type undefined/],
  "whole numbers": [(json) => Object.assign(specsOf(json)[0], { dtype: "int32" }), /not those of the layers/],
  "4-bit weights": [
    (json) => Object.assign(specsOf(json)[0], { quantization: { dtype: "int4", scale: 1, min: 0 } }),
    /is quantised to "int4"/,
  ],
  "8-bit weights without their scale": [
    (json) => Object.assign(specsOf(json)[0], { quantization: { dtype: "uint8" } }),
    /without scale and min/,
  ],
  "quantised by text": [
    (json) => Object.assign(specsOf(json)[0], { quantization: "much" }),
    /is quantised to "much"/,
  ],
  "a weight of another name": [
    (json) => Object.assign(specNamed(json, "head/bias"), { name: "head/prejudice" }),
    /not those of the layers/,
  ],
  "a weight named __proto__": [
    (json) => Object.assign(specNamed(json, "head/bias"), { name: "__proto__" }),
    /not those of the layers/,
  ],
  "two weights of one name": [
    (json) => Object.assign(specNamed(json, "bottom.bn0/beta"), { name: "bottom.bn0/gamma" }),
    /not those of the layers/,
  ],
  "one weight less": [(json) => specsOf(json).pop(), /bytes, \d+ expected|weights lack/],
  "one weight more": [
    (json) => specsOf(json).push({ name: "more", shape: [0], dtype: "float32" }),
    /not those of the layers/,
  ],
  "a kernel turned": [(json) => Object.assign(specNamed(json, "head/kernel"), { shape: [2, 2, 1, 1] }), /./],
  "half a million files": [
    (json) => Object.assign(json.weightsManifest[0], { paths: Array.from({ length: 5e5 }, () => "w") }),
    /names 500000 files/,
  ],
};

/** Changes of what the model says of itself. */
const metadata: Record<string, [change: Change, problem: RegExp]> = {
  "metadata that are text": [(json) => Object.assign(json, { userDefinedMetadata: "ours" }), /is no object/],
  "metadata that are a list": [(json) => Object.assign(json, { userDefinedMetadata: [1] }), /is no object/],
  "version 2": [
    (json) => Object.assign(json.userDefinedMetadata, { formatVersion: 2 }),
    /of format version 2/,
  ],
  'version "1"': [
    (json) => Object.assign(json.userDefinedMetadata, { formatVersion: "1" }),
    /of format version 1, and this reads 1/,
  ],
  "an unknown normalisation": [
    (json) => Object.assign(json.userDefinedMetadata, { normalisation: "zscore" }),
    /"zscore" as normalisation, not one of none, range, percentile, z-score/,
  ],
  "a normalisation of 3": [
    (json) => Object.assign(json.userDefinedMetadata, { normalisation: 3 }),
    /3 as normalisation/,
  ],
  "class names that are no list": [
    (json) => Object.assign(json.userDefinedMetadata, { classNames: "cell" }),
    /"cell" as classNames, not a list of names/,
  ],
  "class names that are numbers": [
    (json) => Object.assign(json.userDefinedMetadata, { classNames: [0, 1] }),
    /as classNames/,
  ],
  "a training that is a number": [
    (json) => Object.assign(json.userDefinedMetadata, { training: 5 }),
    /5 as training, not an object/,
  ],
  "an architecture of text": [
    (json) => Object.assign(json.userDefinedMetadata, { architecture: "U-Net" }),
    /unknown option|architecture/,
  ],
  "an architecture of null": [
    (json) => Object.assign(json.userDefinedMetadata, { architecture: null }),
    /metadata in model.json/,
  ],
  "a depth of 99": [
    (json) => Object.assign(architectureOf(json), { depth: 99 }),
    /depth must be a whole number/,
  ],
  "a depth that isn't the network's": [
    (json) => Object.assign(architectureOf(json), { depth: 3 }),
    /have depth 3, the weights 1/,
  ],
  "10⁸ filters in the metadata": [
    (json) => Object.assign(architectureOf(json), { filters: 1e8 }),
    /have filters 100000000, the weights 2/,
  ],
  "classes that aren't the network's": [
    (json) => Object.assign(architectureOf(json), { classes: 7 }),
    /have classes 7, the weights 2/,
  ],
  "channels that aren't the network's": [
    (json) => Object.assign(architectureOf(json), { inputChannels: 3 }),
    /have inputChannels 3, the weights 1/,
  ],
  "no batch normalisation where there is": [
    (json) => Object.assign(architectureOf(json), { batchNormalisation: false }),
    /have batchNormalisation false, the weights true/,
  ],
  "an unknown padding": [
    (json) => Object.assign(architectureOf(json), { padding: "full" }),
    /padding must be/,
  ],
  "an option to come": [(json) => Object.assign(architectureOf(json), { attention: true }), /unknown option/],
};

/** Changes that make a `model.json` one that must be refused, by what they are, with a part of the message. */
export const hostileChanges: Record<string, [change: Change, problem: RegExp]> = {
  ...topologies,
  ...weights,
  ...metadata,
};

/** Where weights may not lie. */
export const hostilePaths: unknown[] = [
  ...["../weights.bin", "/etc/hostname", "//etc/hostname", "a/../../weights.bin", "..", ".", "", "a//b"],
  ...["..\\weights.bin", "C:\\weights.bin", "C:weights.bin", "file:///etc/hostname", "weights.bin\0.bin"],
  ...["https://example.org/weights.bin", "data:,weights", 7, null, ["weights.bin"], {}],
];
