// The paper's network, as a model of ONNX with the weights of one of ours: enough of the format for a peer.

/** Kinds of fields of protocol buffers. */
const VARINT = 0;
const BYTES = 2;
const FLOAT = 1;
const INT64 = 7;

/**
 * @param {import("@tensorflow/tfjs-layers").LayersModel} model `createUNet` with valid padding, one input channel
 * @param {{ filters: number, depth: number, size: number }} options the size of its square input, px
 * @returns {Uint8Array} a model from `image` [1, 1, size, size] to `scores` [1, classes, …]
 */
export function onnxUNet(model, { filters, depth, size }) {
  const nodes = [];
  const initializers = [];
  const read = (layer) => model.getLayer(layer).getWeights();
  const add = (op, inputs, output, attributes = []) => {
    nodes.push(message([1, inputs], [2, [output]], [4, op], [5, attributes]));
    return output;
  };
  const constant = (name, tensor, axes) => {
    const [values, shape] = transposed(tensor.dataSync(), tensor.shape, axes);
    initializers.push(message([1, shape], [2, FLOAT], [8, name], [9, bytesOf(values)]));
    return name;
  };
  const whole = (name, values) => {
    const numbers = BigInt64Array.from(values, BigInt);
    initializers.push(message([1, [values.length]], [2, INT64], [8, name], [9, bytesOf(numbers)]));
    return name;
  };
  const convolve = (x, layer, relu) => {
    const [kernel, bias] = read(layer);
    const weights = [constant(`${layer}.w`, kernel, [3, 2, 0, 1]), constant(`${layer}.b`, bias, [0])];
    const y = add("Conv", [x, ...weights], `${layer}.y`, [
      integers("kernel_shape", kernel.shape.slice(0, 2)),
    ]);
    return relu ? add("Relu", [y], `${layer}.z`) : y;
  };
  const twice = (x, name) => convolve(convolve(x, `${name}.conv0`, true), `${name}.conv1`, true);
  const two = [2, 2];

  let maps = "image";
  let side = size;
  const skips = [];
  for (let level = 0; level < depth; level++) {
    maps = twice(maps, `enc${level}`);
    side -= 4;
    skips.push([maps, side]);
    const window = [integers("kernel_shape", two), integers("strides", two)];
    maps = add("MaxPool", [maps], `enc${level}.pool`, window);
    side /= 2;
  }
  maps = twice(maps, "bottom");
  side -= 4;
  for (let level = depth - 1; level >= 0; level--) {
    const name = `dec${level}`;
    const [kernel, bias] = read(`${name}.up`);
    const weights = [constant(`${name}.up.w`, kernel, [3, 2, 0, 1]), constant(`${name}.up.b`, bias, [0])];
    const window = [integers("kernel_shape", two), integers("strides", two)];
    maps = add("ConvTranspose", [maps, ...weights], `${name}.up.y`, window);
    side *= 2;
    const [skip, skipSide] = skips[level];
    const from = (skipSide - side) / 2;
    const bounds = [
      whole(`${name}.from`, [from, from]),
      whole(`${name}.to`, [from + side, from + side]),
      whole(`${name}.axes`, [2, 3]),
    ];
    const cropped = add("Slice", [skip, ...bounds], `${name}.crop`);
    maps = twice(add("Concat", [cropped, maps], `${name}.join`, [integer("axis", 1)]), name);
    side -= 4;
  }
  const logits = convolve(maps, "head", false);
  add("Identity", [logits], "scores");

  const classes = read("head")[1].shape[0];
  const graph = message(
    [1, nodes],
    [2, `unet-${filters}`],
    [5, initializers],
    [11, [value("image", [1, 1, size, size])]],
    [12, [value("scores", [1, classes, side, side])]],
  );
  return message([1, 8], [7, [graph]], [8, [message([1, ""], [2, 13])]]);
}

function integer(name, value) {
  return message([1, name], [3, value], [20, 2]);
}

function integers(name, values) {
  return message([1, name], [8, values], [20, 7]);
}

function value(name, shape) {
  const dimensions = shape.map((length) => message([1, length]));
  const tensor = message([1, FLOAT], [2, [message([1, dimensions])]]);
  return message([1, name], [2, [message([1, [tensor]])]]);
}

/** A message of protocol buffers: numbers, texts, bytes (other messages too), and lists of them. */
function message(...fields) {
  const parts = [];
  for (const [number, given] of fields) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (typeof value === "number") {
        parts.push(Uint8Array.of(...varint((number << 3) | VARINT), ...varint(value)));
        continue;
      }
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      parts.push(Uint8Array.of(...varint((number << 3) | BYTES), ...varint(bytes.length)), bytes);
    }
  }
  return new Uint8Array(Buffer.concat(parts));
}

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Values with their axes in another order, and the shape that they have then. */
function transposed(values, shape, axes) {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, length) => product * length, 1));
  const target = axes.map((axis) => shape[axis]);
  const result = new Float32Array(values.length);
  const index = axes.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    let from = 0;
    for (let k = 0; k < axes.length; k++) from += index[k] * strides[axes[k]];
    result[i] = values[from];
    for (let k = axes.length - 1; k >= 0 && ++index[k] === target[k]; k--) index[k] = 0;
  }
  return [result, target];
}
