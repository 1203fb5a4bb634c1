import { product } from "../weights/transpose.js";
import type { Constant } from "./constants.js";
import type { NodeSettings } from "./node-settings.js";

/** The most numbers that are computed of sizes: those of axes and their paddings, never of weights. */
const MAX_VALUES = 1024;

/**
 * What an operation on sizes and other small constants gives; undefined for operations that aren't known. Exporters
 * compute where to crop from the sizes of maps, by operations of the graph.
 */
export function fold(
  operator: string,
  inputs: readonly (Constant | undefined)[],
  node: NodeSettings,
): Constant | undefined {
  const [x, y] = inputs;
  if (operator === "Constant") return node.tensor("value") ?? numbers(node);
  if (!x || product(x.shape) > MAX_VALUES) return undefined;
  const values = Array.from(x.values);
  switch (operator) {
    case "Identity":
      return x;
    case "Shape":
      return { shape: [x.shape.length], values: x.shape };
    case "Cast":
      // to whole numbers from what a division left
      return {
        shape: x.shape,
        values: [6, 7].includes(node.number("to", 1)) ? values.map(Math.trunc) : values,
      };
    case "Floor":
      return { shape: x.shape, values: values.map(Math.floor) };
    case "Ceil":
      return { shape: x.shape, values: values.map(Math.ceil) };
    case "Neg":
      return { shape: x.shape, values: values.map((value) => -value) };
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
      return y && pairwise(operator, x, y);
    case "Unsqueeze":
      return { shape: x.shape.length === 0 ? [1] : [1, ...x.shape], values };
    case "Squeeze":
      return { shape: x.shape.filter((side) => side !== 1), values };
    case "Gather": {
      if (!y) return undefined;
      const picked = Array.from(y.values, (at) => values.at(at)!);
      return picked.includes(undefined as never) || x.shape.length !== 1
        ? undefined
        : { shape: y.shape, values: picked };
    }
    case "Concat": {
      if (inputs.some((input) => !input)) return undefined;
      const all = inputs.flatMap((input) => Array.from(input!.values));
      return { shape: [all.length], values: all };
    }
    case "Slice":
      return sliced(x, inputs.slice(1));
    case "ConstantOfShape": {
      const count = product(values);
      const { values: filling } = node.tensor("value") ?? { values: [0] };
      return count <= MAX_VALUES ? { shape: values, values: new Array(count).fill(filling[0]) } : undefined;
    }
    case "Reshape": {
      if (!y) return undefined;
      const sides = Array.from(y.values);
      const known = product(sides.filter((side) => side !== -1));
      return { shape: sides.map((side) => (side === -1 ? values.length / known : side)), values };
    }
    case "Transpose": {
      if (x.shape.length !== 2) return undefined;
      const [rows, columns] = x.shape;
      const turned = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
      return { shape: [columns, rows], values: turned };
    }
    default:
      return undefined;
  }
}

function numbers(node: NodeSettings): Constant | undefined {
  const list = node.list("value_ints");
  if (list) return { shape: [list.length], values: list };
  const single = node.number("value_int", Number.NaN);
  return Number.isNaN(single) ? undefined : { shape: [], values: [single] };
}

function pairwise(operator: string, x: Constant, y: Constant): Constant | undefined {
  const [long, short] = x.values.length >= y.values.length ? [x, y] : [y, x];
  if (short.values.length !== long.values.length && short.values.length !== 1) return undefined;
  const values = Array.from(long.values, (_, i) => {
    const [a, b] = [x, y].map(({ values }) => values[values.length === 1 ? 0 : i]);
    if (operator === "Add") return a + b;
    if (operator === "Sub") return a - b;
    if (operator === "Mul") return a * b;
    // of whole numbers ONNX cuts off what is left, as PyTorch means it where it isn't cast
    return Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b;
  });
  return { shape: long.shape, values };
}

/** Along the first axis. */
function sliced(
  { shape, values }: Constant,
  [starts, ends, axes, steps]: readonly (Constant | undefined)[],
): Constant | undefined {
  const step = steps?.values[0] ?? 1;
  if (!starts || !ends || starts.values.length !== 1 || (axes && axes.values[0] !== 0)) return undefined;
  if (Math.abs(step) !== 1) return undefined;
  const rows = Array.from({ length: shape[0] ?? 0 }, (_, i) => {
    const width = values.length / shape[0];
    return Array.from(values).slice(i * width, (i + 1) * width);
  });
  const place = (at: number) => (at < 0 ? Math.max(at + rows.length, -1) : Math.min(at, rows.length));
  const [from, to] = [place(starts.values[0]), place(ends.values[0])];
  const picked: number[][] = [];
  const first = step < 0 ? Math.min(from, rows.length - 1) : from;
  const last = step < 0 && ends.values[0] < -rows.length ? -1 : to;
  for (let i = first; step > 0 ? i < last : i > last; i += step) picked.push(rows[i]);
  return { shape: [picked.length, ...shape.slice(1)], values: picked.flat() };
}
