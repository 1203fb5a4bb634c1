import type { LayerCall } from "@unet/inference";
import { UnreadableNetworkError } from "../errors.js";
import type { TensorValues } from "../weights/transpose.js";
import { type Constant, constantOf } from "./constants.js";
import { fold } from "./fold.js";
import { NodeSettings } from "./node-settings.js";
import type { OnnxModel, OnnxNode } from "./schema.js";

/** A node as the layer of TensorFlow.js that does the same. */
export interface TracedLayer extends LayerCall {
  /** Its weights, in ONNX's axes. */
  weights: TensorValues[];
  /** Why no layer of TensorFlow.js does it, though its geometry is known. */
  unknown?: string;
}

/** A graph for an image of some size. */
export interface Traced {
  layers: TracedLayer[];
  input: string;
  output: string;
  /** The sizes of what the network gives. */
  sides: readonly number[];
  channels: number;
  classes: number;
}

/** A map: channels and, along height and width, its sizes. */
interface Maps {
  channels: number;
  sides: readonly [number, number];
}

/** What a node makes of maps: a layer, or nothing where it hands on what it is given. */
interface Made {
  kind: string;
  config?: Record<string, unknown>;
  weights?: TensorValues[];
  unknown?: string;
  /** Default: as of the first input. */
  channels?: number;
  sides?: readonly [number, number];
}

/** Thrown where an image's size doesn't suit the graph; another may. */
export class UnsuitableSize extends Error {}

/**
 * Follows an image of some size through a graph, and says which layer each node is. What is computed of sizes on the way
 * becomes numbers.
 *
 * @throws UnreadableNetworkError that names a node that isn't known
 * @throws UnsuitableSize where maps don't fit each other at this size
 */
export function trace({ graph }: OnnxModel, size: readonly [number, number]): Traced {
  const constants = new Map<string, Constant>();
  for (const tensor of graph.initializers) {
    constants.set(tensor.name ?? "", constantOf(tensor, tensor.name ?? ""));
  }
  const images = graph.inputs.filter(({ name }) => !constants.has(name));
  if (images.length !== 1 || graph.outputs.length !== 1) {
    throw new UnreadableNetworkError(
      `the ONNX model must have one input and one output, got ${images.length} and ${graph.outputs.length}`,
    );
  }
  const [{ name: input }] = images;
  const { name: output } = graph.outputs[0];
  const dimensions = images[0].type?.tensor?.shape?.dimensions;
  const channels = dimensions?.length === 4 ? dimensions[1].value : undefined;
  if (!channels) {
    throw new UnreadableNetworkError(
      `the ONNX model's input ${input} must be [batch, channels, height, width] with its number of channels`,
    );
  }
  const maps = new Map<string, Maps>([[input, { channels, sides: [size[0], size[1]] }]]);
  /** What a value is the same as. */
  const same = new Map<string, string>();
  const layers: TracedLayer[] = [];
  for (const node of graph.nodes) {
    const names = node.inputs.map((name) => same.get(name) ?? name);
    const [made] = node.outputs;
    const label = node.name || made;
    const settings = new NodeSettings(node);
    const given = names.filter((name) => maps.has(name));
    if (given.length === 0) {
      const folded = fold(
        node.operator,
        names.map((name) => constants.get(name)),
        settings,
      );
      if (!folded) throw new UnreadableNetworkError(unknownNode(node, label));
      constants.set(made, folded);
      continue;
    }
    if (node.operator === "Shape") {
      const { channels, sides } = maps.get(names[0])!;
      constants.set(made, { shape: [4], values: [1, channels, ...sides] });
      continue;
    }
    const layer = layerOf(node, label, {
      settings,
      maps: given.map((name) => maps.get(name)!),
      constants: names.map((name) => constants.get(name)),
    });
    if (layer === undefined) {
      same.set(made, given[0]);
      continue;
    }
    const { kind, config = {}, weights = [], unknown, channels, sides } = layer;
    const first = maps.get(given[0])!;
    const after = { channels: channels ?? first.channels, sides: sides ?? first.sides };
    if (after.sides.some((side) => side < 1)) throw new UnsuitableSize(`${label} gives an empty map`);
    maps.set(made, after);
    layers.push({
      name: label,
      kind,
      config,
      weights,
      inputs: given,
      output: made,
      ...(unknown && { unknown }),
    });
  }
  const last = same.get(output) ?? output;
  const result = maps.get(last);
  if (!result) throw new UnreadableNetworkError(`the ONNX model's output ${output} is made by no node`);
  const { sides, channels: classes } = result;
  return { layers: withWholeCrops(layers), input, output: last, sides, channels, classes };
}

/** Crops of rows and then of columns, as exporters write them, in one. */
function withWholeCrops(layers: readonly TracedLayer[]): TracedLayer[] {
  const crops = layers.filter(({ kind }) => kind === "Cropping2D");
  const uses = (name: string) => layers.filter(({ inputs }) => inputs.includes(name)).length;
  const dropped = new Set<TracedLayer>();
  for (const crop of crops) {
    const first = crops.find(({ output }) => output === crop.inputs[0]);
    if (!first || uses(first.output) !== 1) continue;
    const [a, b] = [first, crop].map(({ config }) => config.cropping as number[][]);
    const cropping = a.map((sides, axis) => sides.map((count, i) => count + b[axis][i]));
    Object.assign(crop, { config: { cropping }, inputs: first.inputs });
    dropped.add(first);
  }
  return layers.filter((layer) => !dropped.has(layer));
}

function unknownNode(node: OnnxNode, label: string): string {
  return `the ONNX node "${label}" is a ${node.domain ? `${node.domain}.` : ""}${node.operator}, which no U-Net here is made of; a session of ONNX Runtime may run it`;
}

/** What a node is given. */
interface Given {
  settings: NodeSettings;
  maps: Maps[];
  /** By the place of its inputs. */
  constants: Array<Constant | undefined>;
}

function layerOf(node: OnnxNode, label: string, given: Given): Made | undefined {
  const { settings, maps, constants } = given;
  const [{ channels, sides }] = maps;
  const fail = (what: string): never => {
    throw new UnreadableNetworkError(
      `the ONNX node "${label}", a ${node.operator}, has ${what}, which isn't known here`,
    );
  };
  const floats = (at: number): TensorValues | undefined => {
    const found = constants[at];
    if (!found && node.inputs[at]) fail(`weights that are computed`);
    return found && { shape: found.shape, values: Float32Array.from(found.values) };
  };
  const pads = () => {
    if (!["NOTSET", "VALID"].includes(settings.text("auto_pad", "NOTSET"))) fail("auto_pad");
    return settings.list("pads") ?? [0, 0, 0, 0];
  };
  switch (node.operator) {
    case "Conv": {
      const [weight, bias] = [floats(1)!, floats(2)];
      if (weight?.shape.length !== 4) return fail("other weights than [out, in, height, width]");
      const window = weight.shape.slice(2);
      const [strides, rates] = [settings.list("strides") ?? [1, 1], settings.list("dilations") ?? [1, 1]];
      const groups = settings.number("group", 1);
      if (weight.shape[1] * groups !== channels)
        return fail(`weights for ${weight.shape[1] * groups} channels, and gets ${channels}`);
      const edges = pads();
      const extent = window.map((taps, i) => (taps - 1) * rates[i] + 1);
      const config = {
        kernelSize: window,
        strides,
        dilationRate: rates,
        filters: weight.shape[0],
        useBias: bias !== undefined,
      };
      const isPadded = edges.some((count) => count !== 0);
      const isSame =
        strides.every((step) => step === 1) &&
        extent.every((taps, i) => edges[i] === (taps - 1) / 2 && edges[i + 2] === edges[i]);
      if (isPadded && !isSame) return fail(`pads of ${edges.join(", ")}`);
      return {
        kind: "Conv2D",
        config: { ...config, padding: isPadded ? "same" : "valid" },
        weights: bias ? [weight, bias] : [weight],
        channels: weight.shape[0],
        sides: isPadded ? sides : stepped(sides, extent, strides),
        ...(groups !== 1 && { unknown: `${groups} groups` }),
      };
    }
    case "ConvTranspose": {
      const [weight, bias] = [floats(1)!, floats(2)];
      if (weight?.shape.length !== 4) return fail("other weights than [in, out, height, width]");
      const window = weight.shape.slice(2);
      const strides = settings.list("strides") ?? [1, 1];
      const rates = settings.list("dilations") ?? [1, 1];
      const added = settings.list("output_padding") ?? [0, 0];
      if (settings.number("group", 1) !== 1 || [...pads(), ...added].some((count) => count !== 0)) {
        return fail("groups or padding");
      }
      if (window.some((taps, i) => taps < strides[i] || rates[i] !== 1))
        return fail("gaps between its windows");
      return {
        kind: "Conv2DTranspose",
        config: {
          kernelSize: window,
          strides,
          padding: "valid",
          filters: weight.shape[1],
          useBias: bias !== undefined,
        },
        weights: bias ? [weight, bias] : [weight],
        channels: weight.shape[1],
        sides: both((i) => (sides[i] - 1) * strides[i] + window[i]),
      };
    }
    case "BatchNormalization": {
      const weights = [1, 2, 3, 4].map((at) => floats(at)!);
      return {
        kind: "BatchNormalization",
        config: { axis: -1, epsilon: settings.number("epsilon", 1e-5) },
        weights,
      };
    }
    case "MaxPool":
    case "AveragePool": {
      const window = settings.list("kernel_shape")!;
      const strides = settings.list("strides") ?? [1, 1];
      if (pads().some((count) => count !== 0)) return fail("padding");
      if (sides.some((side, i) => (side - window[i]) % strides[i] !== 0))
        throw new UnsuitableSize(`${label} cuts a rest off`);
      const kind = node.operator === "MaxPool" ? "MaxPooling2D" : "AveragePooling2D";
      return {
        kind,
        config: { poolSize: window, strides, padding: "valid" },
        sides: stepped(sides, window, strides),
      };
    }
    case "Relu":
      return { kind: "ReLU" };
    case "LeakyRelu":
      return { kind: "LeakyReLU", config: { alpha: settings.number("alpha", 0.01) } };
    case "Sigmoid":
    case "Tanh":
      return { kind: "Activation", config: { activation: node.operator.toLowerCase() } };
    case "Softmax": {
      const axis = settings.number("axis", -1);
      if (axis !== 1 && axis !== -3) return fail(`the axis ${axis}`);
      return { kind: "Softmax", config: { axis: -1 } };
    }
    case "Identity":
    case "Dropout":
    case "Cast":
      return undefined;
    case "Add":
    case "Sum": {
      if (maps.length !== node.inputs.length)
        return { kind: "Activation", unknown: "a constant that is added" };
      assertSameSides(maps, label);
      return { kind: "Add" };
    }
    case "HardSwish":
    case "Elu":
    case "Selu":
    case "Gelu":
    case "Clip":
    case "PRelu":
    case "Mul":
    case "Div":
    case "Sub":
    case "Exp":
    case "Log":
    case "LogSoftmax":
    case "Softplus":
      // each pixel by itself: tiles can be cut, and a session computes it
      return { kind: "Activation", unknown: node.operator };
    case "Concat": {
      if (settings.number("axis", 1) !== 1) return fail("another axis than the channels");
      if (maps.length !== node.inputs.length) return fail("a constant");
      assertSameSides(maps, label);
      const all = maps.reduce((sum, { channels }) => sum + channels, 0);
      return { kind: "Concatenate", config: { axis: -1 }, channels: all };
    }
    case "Slice":
      return cropped(node, given, fail);
    case "Pad":
      return padded(given, fail);
    case "Resize":
    case "Upsample":
      return enlarged(node, given, fail);
    default:
      throw new UnreadableNetworkError(unknownNode(node, label));
  }
}

type Fail = (what: string) => never;

/** Rows and columns that are cut off. */
function cropped(
  { inputs }: OnnxNode,
  { maps: [{ sides }], constants, settings }: Given,
  fail: Fail,
): Made | undefined {
  const list = (at: number, name: string) =>
    constants[at]
      ? Array.from(constants[at].values)
      : inputs[at]
        ? fail(`${name} that are computed`)
        : settings.list(name);
  const [starts, ends] = [list(1, "starts"), list(2, "ends")];
  if (!starts || !ends) return fail("no starts or ends");
  const axes = list(3, "axes") ?? starts.map((_, i) => i);
  if ((list(4, "steps") ?? []).some((step) => step !== 1)) return fail("steps");
  const cropping = [
    [0, 0],
    [0, 0],
  ];
  for (const [i, axis] of axes.entries()) {
    const along = (axis < 0 ? axis + 4 : axis) - 2;
    if (along < 0 || along > 1) return fail("another axis than height or width");
    const place = (at: number) => Math.min(Math.max(at < 0 ? at + sides[along] : at, 0), sides[along]);
    cropping[along] = [place(starts[i]), sides[along] - place(ends[i])];
  }
  if (cropping.flat().every((count) => count === 0)) return undefined;
  return {
    kind: "Cropping2D",
    config: { cropping },
    sides: both((i) => sides[i] - cropping[i][0] - cropping[i][1]),
  };
}

/** Zeros around a map, or negative ones, which are cut off. */
function padded({ maps: [{ sides }], constants, settings }: Given, fail: Fail): Made | undefined {
  const pads = constants[1] ? Array.from(constants[1].values) : settings.list("pads");
  if (pads?.length !== 8) return fail("pads that are computed");
  if (pads.every((count) => count === 0)) return undefined;
  if ([0, 1, 4, 5].some((axis) => pads[axis] !== 0))
    return fail("padding of another axis than height or width");
  if (settings.text("mode", "constant") !== "constant" || (constants[2]?.values[0] ?? 0) !== 0) {
    return fail("a border that isn't zeros");
  }
  const sizes = [
    [pads[2], pads[6]],
    [pads[3], pads[7]],
  ];
  const after = both((i) => sides[i] + sizes[i][0] + sizes[i][1]);
  if (pads.every((count) => count <= 0)) {
    return {
      kind: "Cropping2D",
      config: { cropping: sizes.map((side) => side.map((count) => -count)) },
      sides: after,
    };
  }
  if (pads.some((count) => count < 0)) return fail("padding and cropping at once");
  return { kind: "ZeroPadding2D", config: { padding: sizes }, sides: after };
}

/** A map of more pixels. */
function enlarged(node: OnnxNode, { maps: [{ sides }], constants, settings }: Given, fail: Fail): Made {
  const upsample = node.operator === "Upsample";
  const scales = constants[upsample ? 1 : 2];
  const sizes = constants[3];
  const wanted = sizes?.values.length === 4 ? sizes.values : undefined;
  if (!wanted && scales?.values.length !== 4) return fail("sizes that are computed");
  const size = [2, 3].map((axis) => (wanted ? wanted[axis] / sides[axis - 2] : scales!.values[axis]));
  if (!size.every((factor) => Number.isInteger(factor) && factor >= 1))
    return fail(`a factor of ${size.join(" × ")}`);
  const after = both((i) => sides[i] * size[i]);
  const mode = settings.text("mode", "nearest");
  const coordinates = upsample ? "asymmetric" : settings.text("coordinate_transformation_mode", "half_pixel");
  if (mode === "nearest") {
    if (settings.text("nearest_mode", "round_prefer_floor").includes("ceil")) return fail("rounding up");
    return { kind: "UpSampling2D", config: { size, interpolation: "nearest" }, sides: after };
  }
  if (mode !== "linear") return fail(`the mode ${mode}`);
  if (coordinates === "asymmetric") {
    return { kind: "UpSampling2D", config: { size, interpolation: "bilinear" }, sides: after };
  }
  const known: Record<string, string> = {
    half_pixel: "half-pixel",
    pytorch_half_pixel: "half-pixel",
    align_corners: "corners",
  };
  if (!known[coordinates] || size.some((factor) => factor !== 2))
    return fail(`${coordinates} by ${size.join(" × ")}`);
  return { kind: "BilinearUpsampling", config: { coordinates: known[coordinates] }, sides: after };
}

function assertSameSides(maps: readonly Maps[], label: string): void {
  const [{ sides }] = maps;
  if (maps.every((map) => String(map.sides) === String(sides))) return;
  throw new UnsuitableSize(
    `${label} joins maps of ${maps.map((map) => map.sides.join(" × ")).join(" and ")}`,
  );
}

/** Sizes after windows that move by strides. */
function stepped(
  sides: readonly number[],
  window: readonly number[],
  strides: readonly number[],
): [number, number] {
  return both((i) => Math.floor((sides[i] - window[i]) / strides[i]) + 1);
}

function both(of: (i: 0 | 1) => number): [number, number] {
  return [of(0), of(1)];
}
