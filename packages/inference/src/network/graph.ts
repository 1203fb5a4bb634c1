import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { greatestDivisor } from "../prediction/divisors.js";
import { type AxisRule, axisRule, betweenPixels, type LayerLike, pointwise } from "./layer-geometry.js";

/** One layer's call: from which maps it makes which. */
export interface Step {
  name: string;
  /** How sizes go along the axis; undefined where one value stands for the whole input. */
  rule: AxisRule | undefined;
  inputs: string[];
  output: string;
  /** Channels of the output. */
  channels: number;
  /** Weights that a convolution gives each pair of channels; 0 for other layers. */
  taps: number;
}

/** A network along one axis. */
export interface Graph {
  /** In the order in which TensorFlow.js computes them. */
  steps: Step[];
  input: string;
  output: string;
}

/**
 * The network along height (`axis` 0) or width (1).
 *
 * @param approximate take layers whose output depends on the whole input as if each tile were the whole
 * @throws RangeError that names a layer whose output depends on the whole image, or is not known
 */
export function graphOf(model: LayersModel, axis: 0 | 1, approximate: boolean): Graph {
  const steps: Step[] = [];
  const visited = new Set<string>();
  const visit = (output: SymbolicTensor) => {
    if (visited.has(output.name)) return;
    visited.add(output.name);
    const inputs = output.inputs as SymbolicTensor[];
    for (const input of [...inputs].reverse()) visit(input);
    const { name } = output.sourceLayer;
    const kind = output.sourceLayer.getClassName();
    let rule = axisRule(output.sourceLayer as unknown as LayerLike, axis);
    if (!rule && !approximate) {
      throw wholeImage(name, kind);
    }
    if (!rule && output.shape.length === 4 && output.shape[1] !== 1) {
      rule = kind === "BilinearUpsampling" ? betweenPixels : pointwise;
    }
    const { kernelSize } = output.sourceLayer.getConfig() as { kernelSize?: [number, number] };
    steps.push({
      name,
      rule,
      inputs: inputs.map((input) => input.name),
      output: output.name,
      channels: output.shape.at(-1) ?? 1,
      taps: kernelSize ? kernelSize[0] * kernelSize[1] : 0,
    });
  };
  visit(model.outputs[0]);
  return { steps, input: model.inputs[0].name, output: model.outputs[0].name };
}

/** The error for a layer that tiles can't reproduce. */
export function wholeImage(name: string, kind: string): RangeError {
  return new RangeError(
    `modelGeometry: the layer "${name}" is a ${kind}, whose output may depend on the whole image, so tiles can't reproduce it; blend: "gaussian" comes near`,
  );
}

/** A fraction in lowest terms. */
export type Fraction = readonly [numerator: number, denominator: number];

/**
 * Pixels of the input for one of each map, along the axis. Maps that are one value for all pixels have none.
 *
 * @throws RangeError that names a layer that joins maps of different resolutions
 */
export function resolutionsOf({ steps, input }: Graph): Map<string, Fraction> {
  const resolutions = new Map<string, Fraction>([[input, [1, 1]]]);
  for (const { name, rule, inputs, output } of steps) {
    const given = knownOf(resolutions, inputs);
    if (output === input || !rule || given.length === 0) continue;
    if (given.some(([pixels, of]) => pixels * given[0][1] !== given[0][0] * of)) {
      throw new RangeError(`modelGeometry: the layer "${name}" joins maps of different resolutions`);
    }
    const [up, down] = rule.scale;
    const [pixels, of] = [given[0][0] * down, given[0][1] * up];
    const divisor = greatestDivisor(pixels, of);
    resolutions.set(output, [pixels / divisor, of / divisor]);
  }
  return resolutions;
}

/** What is known of some maps; those that are one value for all pixels have neither size nor scale. */
export function knownOf<Value>(of: Map<string, Value>, names: string[]): Value[] {
  return names.map((name) => of.get(name)).filter((value) => value !== undefined);
}
