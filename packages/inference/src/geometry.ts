import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { type AxisRule, axisRule, type LayerLike, pointwise, type Span } from "./layer-geometry.js";
import type { TileGeometry } from "./tiles.js";

/**
 * The tile geometry of a network of convolutions, poolings, upsamplings, crops and skips, read off its
 * layers: sizes by following them forward, the context by following pixels of the output back to the input.
 *
 * @param options `approximate`: take layers whose output depends on the whole input as if each tile were the
 *   whole, for blending. Default false
 * @throws RangeError that names a layer whose output depends on the whole image, or is not known; and where
 *   height and width are treated differently, some layers pad and others don't, the output is not of the
 *   input's resolution, or the context can't be shared by two sides evenly
 */
export function modelGeometry(
  model: LayersModel,
  { approximate = false }: { approximate?: boolean } = {},
): TileGeometry {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new RangeError(
      `modelGeometry: the network must have one input and one output, got ${model.inputs.length} and ${model.outputs.length}`,
    );
  }
  const graph = [0, 1].map((axis) => graphOf(model, axis as 0 | 1, approximate));
  const [rows, columns] = graph.map(geometryOf);
  if (rows.margin !== columns.margin || rows.multiple !== columns.multiple) {
    throw new RangeError("modelGeometry: the network treats height and width differently, which tiles can't");
  }
  return rows;
}

/** One layer's call: from which maps it makes which. */
interface Step {
  name: string;
  /** How sizes go; undefined where one value stands for the whole input. */
  rule: AxisRule | undefined;
  inputs: string[];
  output: string;
}

interface Graph {
  steps: Step[];
  input: string;
  output: string;
}

type Node = Record<"inputTensors" | "outputTensors", SymbolicTensor[]>;

function graphOf(model: LayersModel, axis: 0 | 1, approximate: boolean): Graph {
  const steps: Step[] = [];
  for (const layer of model.layers) {
    const { name } = layer;
    const rule = axisRule(layer as unknown as LayerLike, axis);
    if (!rule && !approximate) {
      throw new RangeError(
        `modelGeometry: the layer "${name}" is a ${layer.getClassName()}, whose output may depend on the whole image, so tiles can't reproduce it; blend: "gaussian" comes near`,
      );
    }
    for (const node of layer.inboundNodes as unknown as Node[]) {
      const [output] = node.outputTensors;
      const keepsSize = output.shape.length === 4 && output.shape[1] !== 1;
      const taken = rule ?? (keepsSize ? pointwise : undefined);
      steps.push({
        name,
        rule: taken,
        inputs: node.inputTensors.map((tensor) => tensor.name),
        output: output.name,
      });
    }
  }
  return { steps, input: model.inputs[0].name, output: model.outputs[0].name };
}

function geometryOf(graph: Graph): TileGeometry {
  const multiple = multipleOf(graph);
  const smallest = smallestInput(graph, multiple);
  const loss = smallest - (outputOf(graph, smallest) as number);
  const padding = loss === 0 ? "same" : "valid";
  if (padding === "valid" && usesPadding(graph, smallest)) {
    throw new RangeError("modelGeometry: some layers pad and others don't; use one kind of padding");
  }
  if (loss % 2 !== 0) {
    throw new RangeError(
      `modelGeometry: the output is ${loss} px smaller than the input, which two sides can't share evenly; use windows of odd size, or crop one side more`,
    );
  }
  return {
    padding,
    multiple,
    margin: padding === "valid" ? loss / 2 : reachOf(graph, multiple),
    outputSize(input) {
      if (Number.isInteger(input) && input >= smallest && (input - smallest) % multiple === 0) {
        return input - loss;
      }
      const below = smallest + multiple * Math.floor((input - smallest) / multiple);
      const nearest = input > smallest ? `${below} and ${below + multiple}` : `${smallest}`;
      throw new RangeError(
        `outputSize: the network can't take an input of ${input} px; nearest it takes ${nearest}`,
      );
    },
    inputSize(atLeastOutput) {
      if (!(atLeastOutput >= 1)) {
        throw new RangeError(`inputSize: the output must be at least 1 px, got ${atLeastOutput}`);
      }
      return smallest + multiple * Math.max(Math.ceil((atLeastOutput + loss - smallest) / multiple), 0);
    },
  };
}

/**
 * The shifts of the input that shift every map by whole pixels: the least common multiple of the steps, in
 * pixels of the input, from one pixel of a map to the next.
 */
function multipleOf({ steps, input, output: last }: Graph): number {
  const scales = new Map<string, Fraction>([[input, [1, 1]]]);
  let multiple = 1;
  for (const { name, rule, inputs, output } of steps) {
    if (output === input) continue;
    const given = knownOf(scales, inputs);
    if (!rule || given.length === 0) continue;
    if (given.some(([up, down]) => up * given[0][1] !== given[0][0] * down)) {
      throw new RangeError(`modelGeometry: the layer "${name}" joins maps of different resolutions`);
    }
    const [up, down] = rule.scale;
    const made = lowest(given[0][0] * down, given[0][1] * up);
    scales.set(output, made);
    multiple = (multiple * made[0]) / greatestDivisor(multiple, made[0]);
  }
  const [pixels, of] = scales.get(last) ?? [0, 1];
  if (pixels !== of) {
    throw new RangeError(
      `modelGeometry: a pixel of the output stands for ${pixels / of} of the input along an axis; tiles need a network whose output has the input's resolution`,
    );
  }
  return multiple;
}

/** What is known of some maps; those that are one value for all pixels have neither size nor scale. */
function knownOf<Value>(of: Map<string, Value>, names: string[]): Value[] {
  return names.map((name) => of.get(name)).filter((value) => value !== undefined);
}

type Fraction = readonly [number, number];

function lowest(a: number, b: number): Fraction {
  const divisor = greatestDivisor(a, b);
  return [a / divisor, b / divisor];
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** The size of each map, or undefined where one does not fit a pooling or another map. */
function sizesOf({ steps, input }: Graph, size: number): Map<string, number> | undefined {
  const sizes = new Map<string, number>([[input, size]]);
  for (const { rule, inputs, output } of steps) {
    if (output === input) continue;
    const given = knownOf(sizes, inputs);
    if (!rule || given.length === 0) continue;
    const made = rule.size(given[0]);
    if (made === undefined || made < 1 || given.some((other) => other !== given[0])) return undefined;
    sizes.set(output, made);
  }
  return sizes;
}

function outputOf(graph: Graph, size: number): number | undefined {
  return sizesOf(graph, size)?.get(graph.output);
}

function smallestInput(graph: Graph, multiple: number): number {
  // The context of the deepest pixel is far below this for any network that fits a machine.
  for (let size = 1; size <= 4096 * multiple; size++) {
    if (outputOf(graph, size) !== undefined) return size;
  }
  throw new RangeError("modelGeometry: no input size fits all poolings and crops of the network");
}

/**
 * How far the pixels of a block of `multiple`, which share one pixel of the coarsest map, see beyond it,
 * rounded up to whole blocks.
 */
function reachOf(graph: Graph, multiple: number): number {
  const { first, last } = neededSpans(graph, { first: 0, last: multiple - 1 }).get(graph.input) as Span;
  return Math.ceil(Math.max(-first, last - multiple + 1) / multiple) * multiple;
}

/** Whether any pixel of the output depends on pixels that a layer makes up beyond its map. */
function usesPadding(graph: Graph, size: number): boolean {
  const sizes = sizesOf(graph, size);
  const last = (sizes?.get(graph.output) as number) - 1;
  for (const [map, span] of neededSpans(graph, { first: 0, last })) {
    if (span.first < 0 || span.last >= (sizes?.get(map) ?? Number.POSITIVE_INFINITY)) return true;
  }
  return false;
}

/** The pixels of each map that a span of the output is computed from. */
function neededSpans({ steps, input, output }: Graph, span: Span): Map<string, Span> {
  const needed = new Map<string, Span>([[output, span]]);
  for (const step of [...steps].reverse()) {
    const wanted = needed.get(step.output);
    if (!wanted || !step.rule || step.output === input) continue;
    const from = step.rule.needs(wanted);
    for (const name of step.inputs) {
      const before = needed.get(name) ?? from;
      needed.set(name, { first: Math.min(before.first, from.first), last: Math.max(before.last, from.last) });
    }
  }
  return needed;
}
