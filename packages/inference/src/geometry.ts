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
  // A pixel of the output lies in a block of `multiple` pixels that all share one coarsest pixel.
  const block = { first: 0, last: multiple - 1 };
  const context = contextOf(graph, block);
  const inside = context.first >= 0 && context.last <= block.last + loss;
  if (padding === "valid" && !inside) {
    throw new RangeError("modelGeometry: some layers pad and others don't; use one kind of padding");
  }
  const reach = Math.max(-context.first, context.last - block.last);
  return {
    padding,
    multiple,
    margin: padding === "valid" ? loss / 2 : Math.ceil(reach / multiple) * multiple,
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

/** The output's size, or undefined where a map does not fit a pooling or another map. */
function outputOf({ steps, input, output }: Graph, size: number): number | undefined {
  const sizes = new Map<string, number>([[input, size]]);
  for (const step of steps) {
    if (step.output === input) continue;
    const given = step.inputs.map((name) => sizes.get(name));
    const made = given[0] === undefined ? undefined : step.rule.size(given[0]);
    if (made === undefined || made < 1 || given.some((other) => other !== given[0])) return undefined;
    sizes.set(step.output, made);
  }
  return sizes.get(output);
}

function smallestInput(graph: Graph, multiple: number): number {
  // The context of the deepest pixel is far below this for any network that fits a machine.
  for (let size = 1; size <= 4096 * multiple; size++) {
    if (outputOf(graph, size) !== undefined) return size;
  }
  throw new RangeError("modelGeometry: no input size fits all poolings and crops of the network");
}

/** The pixels of the input that a span of the output is computed from. */
function contextOf({ steps, input, output }: Graph, span: Span): Span {
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
  return needed.get(input) ?? span;
}
