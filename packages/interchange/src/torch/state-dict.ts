import { unzipSync } from "fflate";
import { UnreadableNetworkError } from "../errors.js";
import type { NamedTensors } from "../weights/named-tensors.js";
import { bytesOfType, toFloats } from "../weights/number-types.js";
import { product, type TensorValues } from "../weights/transpose.js";
import { StoredTensor, unpickle } from "./unpickle.js";

/** Names under which programs put a state dict beside other things. */
const WITHIN = ["state_dict", "model_state_dict", "model", "net", "network"];

/**
 * The tensors of a state dict that `torch.save` wrote (1.6 or newer: a zip), in its order, as float32. What else a
 * checkpoint holds is passed over.
 *
 * @throws UnreadableNetworkError where it is cut short, holds no state dict, or would execute something
 */
export function decodeStateDict(bytes: Uint8Array): NamedTensors {
  const files = unzip(bytes);
  const pickle = [...files.keys()].find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined) {
    throw new UnreadableNetworkError(
      "the .pth holds no data.pkl; save it by torch.save(model.state_dict(), …)",
    );
  }
  const folder = pickle.slice(0, -"data.pkl".length);
  const order = files.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order).trim() === "big") {
    throw new UnreadableNetworkError("the .pth has its bytes in big-endian order, which isn't read");
  }
  const dict = stateDictIn(unpickle(files.get(pickle)!));
  const tensors: NamedTensors = new Map();
  let total = 0;
  for (const [name, value] of dict) {
    if (typeof name !== "string" || !(value instanceof StoredTensor)) continue;
    const file = files.get(`${folder}data/${value.storage.key}`);
    if (!file) throw new UnreadableNetworkError(`the .pth lacks the numbers of ${name}`);
    total += product(value.shape);
    // of windows that overlap a small file could make any number
    if (total > bytes.length)
      throw new UnreadableNetworkError(`the .pth describes more numbers than it has, at ${name}`);
    // `nn.DataParallel` puts this before all
    tensors.set(name.replace(/^module\./, ""), valuesOf(value, file, name));
  }
  return tensors;
}

function unzip(bytes: Uint8Array): Map<string, Uint8Array> {
  let total = 0;
  try {
    const files = unzipSync(bytes, {
      filter({ name, compression, originalSize }) {
        total += originalSize;
        if (compression !== 0) throw new Error(`${name} is compressed, which torch.save doesn't do`);
        if (total > bytes.length) throw new Error("its files are larger than it");
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (cause) {
    throw new UnreadableNetworkError(`the .pth is cut short or damaged (${(cause as Error).message})`, {
      cause,
    });
  }
}

function stateDictIn(value: unknown): Map<unknown, unknown> {
  if (value instanceof Map) {
    if ([...value.values()].some((item) => item instanceof StoredTensor)) return value;
    for (const name of WITHIN) {
      const inner = value.get(name);
      if (inner instanceof Map) return stateDictIn(inner);
    }
  }
  throw new UnreadableNetworkError(
    "the .pth holds no state dict; save the network by torch.save(model.state_dict(), …), not as a whole",
  );
}

/** The numbers of a window, row by row. */
function valuesOf(
  { storage, offset, shape, strides }: StoredTensor,
  file: Uint8Array,
  name: string,
): TensorValues {
  const count = file.length / bytesOfType(storage.type)!;
  const last = shape.includes(0) ? 0 : shape.reduce((sum, side, i) => sum + (side - 1) * strides[i], offset);
  if (last >= count && !shape.includes(0)) {
    throw new UnreadableNetworkError(`the .pth is damaged: ${name} reaches beyond its ${count} numbers`);
  }
  const stored = toFloats(file, storage.type);
  const values = new Float32Array(product(shape));
  const index = shape.map(() => 0);
  for (let i = 0, from = offset; i < values.length; i++) {
    values[i] = stored[from];
    for (let k = shape.length - 1; k >= 0; k--) {
      from += strides[k];
      if (++index[k] < shape[k]) break;
      from -= strides[k] * shape[k];
      index[k] = 0;
    }
  }
  return { shape, values };
}
