import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TileGeometry } from "@unet/image";
import { leastCommonMultiple } from "../prediction/divisors.js";
import { type Graph, graphOf, knownOf, resolutionsOf, wholeImage } from "./graph.js";
import { axisRule, type Span } from "./layer-geometry.js";

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
  return alongBothAxes((axis) => graphOf(model, axis, approximate));
}

/** A layer of a network that isn't of TensorFlow.js, in its words. */
export interface LayerCall {
  name: string;
  /** The class of the layer that does the same, such as `Conv2D`. */
  kind: string;
  /** That layer's configuration, as far as sizes follow from it. */
  config: Record<string, unknown>;
  /** The maps that it is given, and the one that it makes. */
  inputs: readonly string[];
  output: string;
}

/**
 * The tile geometry of a network that runs elsewhere, such as in ONNX Runtime, from what its layers are, in the order in
 * which they are computed.
 *
 * @param ends the names of the image and of the map that the network gives
 * @throws RangeError as {@link modelGeometry}
 */
export function layersGeometry(
  layers: readonly LayerCall[],
  { input, output }: { input: string; output: string },
): TileGeometry {
  return alongBothAxes((axis) => ({
    input,
    output,
    steps: layers.map(({ name, kind, config, inputs, output: made }) => {
      const rule = axisRule({ name, getClassName: () => kind, getConfig: () => config }, axis);
      if (!rule) throw wholeImage(name, kind);
      return { name, rule, inputs: [...inputs], output: made, channels: 1, taps: 0 };
    }),
  }));
}

function alongBothAxes(graphAlong: (axis: 0 | 1) => Graph): TileGeometry {
  const [rows, columns] = ([0, 1] as const).map((axis) => geometryOf(graphAlong(axis)));
  if (rows.margin !== columns.margin || rows.multiple !== columns.multiple) {
    throw new RangeError("modelGeometry: the network treats height and width differently, which tiles can't");
  }
  return rows;
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
function multipleOf(graph: Graph): number {
  const resolutions = resolutionsOf(graph);
  const [pixels, of] = resolutions.get(graph.output) ?? [0, 1];
  if (pixels !== of) {
    throw new RangeError(
      `modelGeometry: a pixel of the output stands for ${pixels / of} of the input along an axis; tiles need a network whose output has the input's resolution`,
    );
  }
  return [...resolutions.values()].reduce((multiple, [step]) => leastCommonMultiple(multiple, step), 1);
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
