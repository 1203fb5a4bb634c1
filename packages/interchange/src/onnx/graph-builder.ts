import type { TensorValues } from "../weights/transpose.js";
import {
  attributeTypes,
  FLOAT,
  INT64,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from "./schema.js";

/** Settings of a node: whole numbers, lists of them, or texts; a number with a fraction is given as `{ f }`. */
export type Settings = Record<string, number | readonly number[] | string | { f: number }>;

/** Collects the nodes and the constants of a graph. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];

  /** Adds an operation with one output, which is named as the node. */
  node(operator: string, inputs: readonly string[], name: string, settings: Settings = {}): string {
    const attributes = Object.entries(settings).map(([key, value]) => attributeOf(key, value));
    this.nodes.push({ name, operator, inputs: [...inputs], outputs: [name], attributes });
    return name;
  }

  /** Adds a constant of floats. */
  floats(name: string, { shape, values }: TensorValues): string {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.initializers.push({ name, dims: [...shape], dataType: FLOAT, raw });
    return name;
  }

  /** Adds a list of whole numbers. */
  integers(name: string, values: readonly number[]): string {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.initializers.push({ name, dims: [values.length], dataType: INT64, raw });
    return name;
  }

  /** Gives a value another name. */
  rename(before: string, after: string): void {
    for (const node of this.nodes) {
      node.inputs = node.inputs.map((name) => (name === before ? after : name));
      node.outputs = node.outputs.map((name) => (name === before ? after : name));
    }
  }
}

function attributeOf(name: string, value: Settings[string]): OnnxAttribute {
  if (typeof value === "number") return { name, type: attributeTypes.i, i: value };
  if (typeof value === "string") return { name, type: attributeTypes.s, s: new TextEncoder().encode(value) };
  if ("f" in value) return { name, type: attributeTypes.f, f: value.f };
  return { name, type: attributeTypes.ints, ints: [...value] };
}
