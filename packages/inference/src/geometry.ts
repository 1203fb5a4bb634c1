import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { type AxisRule, axisRule, type LayerLike, type Span } from "./layer-geometry.js";
import type { TileGeometry } from "./tiles.js";

/**
 * The tile geometry of a network of convolutions, poolings, upsamplings, crops and skips, read off its
 * layers: sizes by following them forward, the context by following pixels of the output back to the input.
 *
 * @throws RangeError that names a layer whose output depends on the whole image, or is not known; and where
 *   height and width are treated differently, or some layers pad and others don't
 */
export function modelGeometry(model: LayersModel): TileGeometry {
  const graph = [0, 1].map((axis) => graphOf(model, axis as 0 | 1));
  const [rows, columns] = graph.map(geometryOf);
  if (rows.margin !== columns.margin || rows.multiple !== columns.multiple) {
    throw new RangeError("modelGeometry: the network treats height and width differently, which tiles can't");
  }
  return rows;
}

/** One layer's call: from which maps it makes which. */
interface Step {
  rule: AxisRule;
  inputs: string[];
  output: string;
}

interface Graph {
  steps: Step[];
  input: string;
  output: string;
}

function graphOf(model: LayersModel, axis: 0 | 1): Graph {
  const steps: Step[] = [];
  for (const layer of model.layers) {
    const rule = axisRule(layer as unknown as LayerLike, axis);
    for (const node of layer.inboundNodes as unknown as Array<Record<string, SymbolicTensor[]>>) {
      const [output] = node.outputTensors;
      steps.push({ rule, inputs: node.inputTensors.map(({ name }) => name), output: output.name });
    }
  }
  return { steps, input: model.inputs[0].name, output: model.outputs[0].name };
}

function geometryOf(graph: Graph): TileGeometry {
  const multiple = Math.max(...scalesOf(graph).values());
  const smallest = smallestInput(graph, multiple);
  const loss = smallest - (outputOf(graph, smallest) as number);
  const padding = loss === 0 ? "same" : "valid";
  if (padding === "valid" && usesPadding(graph, smallest)) {
    throw new RangeError("modelGeometry: some layers pad and others don't; use one kind of padding");
  }
  return {
    padding,
    multiple,
    margin: padding === "valid" ? loss / 2 : reachOf(graph, multiple),
    outputSize(input) {
      const output = Number.isInteger(input) && input >= smallest ? outputOf(graph, input) : undefined;
      if (output !== undefined) return output;
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

/** Pixels of the input for one of each map, along the axis. */
function scalesOf({ steps, input }: Graph): Map<string, number> {
  const scales = new Map([[input, 1]]);
  for (const { rule, inputs, output } of steps) {
    if (inputs.length > 0 && output !== input) scales.set(output, scales.get(inputs[0])! / rule.scale);
  }
  return scales;
}

/** The size of each map, or undefined where one does not fit a pooling or another map. */
function sizesOf({ steps, input }: Graph, size: number): Map<string, number> | undefined {
  const sizes = new Map<string, number>([[input, size]]);
  for (const step of steps) {
    if (step.output === input) continue;
    const given = step.inputs.map((name) => sizes.get(name));
    const made = given[0] === undefined ? undefined : step.rule.size(given[0]);
    if (made === undefined || made < 1 || given.some((other) => other !== given[0])) return undefined;
    sizes.set(step.output, made);
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
    if (span.first < 0 || span.last >= (sizes?.get(map) as number)) return true;
  }
  return false;
}

/** The pixels of each map that a span of the output is computed from. */
function neededSpans({ steps, input, output }: Graph, span: Span): Map<string, Span> {
  const needed = new Map<string, Span>([[output, span]]);
  for (const step of [...steps].reverse()) {
    const wanted = needed.get(step.output);
    if (!wanted || step.output === input) continue;
    const from = step.rule.needs(wanted);
    for (const name of step.inputs) {
      const before = needed.get(name) ?? from;
      needed.set(name, { first: Math.min(before.first, from.first), last: Math.max(before.last, from.last) });
    }
  }
  return needed;
}
