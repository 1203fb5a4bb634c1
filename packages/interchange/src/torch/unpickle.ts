import { UnreadableNetworkError } from "../errors.js";

/** A storage that a pickle refers to: so many numbers of a type, in a file of the archive. */
export interface StoredNumbers {
  type: string;
  key: string;
}

/** A tensor that a pickle describes: a window of a storage. Strides are in numbers. */
export class StoredTensor {
  constructor(
    readonly storage: StoredNumbers,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

/** A name that a pickle calls: it stays a name. */
class Global {
  constructor(readonly name: string) {}
}

const MARK = Symbol("mark");

/** The types of PyTorch's storages, by the names of safetensors. */
const storages: Readonly<Record<string, string>> = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};

/** What is called to make the parts of a state dict: these, and nothing else. */
const calls: Readonly<Record<string, (given: unknown[]) => unknown>> = {
  "collections.OrderedDict": (given) => {
    if (given.length > 0) fail("makes an OrderedDict of something");
    return new Map();
  },
  "torch._utils._rebuild_tensor_v2": ([storage, offset, shape, strides]) => {
    const whole = (list: unknown): list is number[] =>
      Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
    const isStorage = typeof storage === "object" && storage !== null && "key" in storage;
    if (
      !isStorage ||
      !whole([offset]) ||
      !whole(shape) ||
      !whole(strides) ||
      shape.length !== strides.length
    ) {
      return fail("describes a tensor wrongly");
    }
    return new StoredTensor(storage as StoredNumbers, offset as number, shape, strides);
  },
  "torch._utils._rebuild_parameter": ([data]) => data,
};

/**
 * The value that a pickle of PyTorch describes. Nothing is executed: it knows the operations that a state dict is made of,
 * and the few names that such a dict calls; any other is an error that says which.
 *
 * Dicts become maps, lists and tuples arrays.
 *
 * @throws UnreadableNetworkError where the pickle is cut short, holds something else, or would call something
 */
export function unpickle(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const memo = new Map<number, unknown>();
  const stack: unknown[] = [];
  let at = 0;
  const take = (count: number) => {
    if (!(count >= 0) || at + count > bytes.length) fail("is cut short");
    at += count;
    return at - count;
  };
  const text = (count: number) => {
    const from = take(count);
    return new TextDecoder().decode(bytes.subarray(from, from + count));
  };
  const line = () => {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail("is cut short");
    return text(end + 1 - at).slice(0, -1);
  };
  const pop = () => {
    if (stack.length === 0) fail("takes what isn't there");
    return stack.pop();
  };
  const popMark = () => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) fail("takes what isn't there");
    const items = stack.splice(mark);
    return items.slice(1);
  };
  const top = () => stack.at(-1);
  const setItems = (items: unknown[]) => {
    const target = top();
    if (!(target instanceof Map)) return fail("puts an item into what is no dict");
    for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  const append = (items: unknown[]) => {
    const target = top();
    if (!Array.isArray(target)) return fail("appends to what is no list");
    for (const item of items) target.push(item);
  };
  const operations: Record<number, () => void> = {
    128: () => void take(1), // PROTO
    149: () => void take(8), // FRAME
    125: () => stack.push(new Map()), // EMPTY_DICT
    93: () => stack.push([]), // EMPTY_LIST
    41: () => stack.push([]), // EMPTY_TUPLE
    40: () => stack.push(MARK), // MARK
    116: () => stack.push(popMark()), // TUPLE
    133: () => stack.push([pop()]), // TUPLE1
    134: () => stack.push([pop(), pop()].reverse()), // TUPLE2
    135: () => stack.push([pop(), pop(), pop()].reverse()), // TUPLE3
    78: () => stack.push(null), // NONE
    136: () => stack.push(true), // NEWTRUE
    137: () => stack.push(false), // NEWFALSE
    74: () => stack.push(view.getInt32(take(4), true)), // BININT
    75: () => stack.push(bytes[take(1)]), // BININT1
    77: () => stack.push(view.getUint16(take(2), true)), // BININT2
    138: () => stack.push(long(bytes, take, bytes[take(1)])), // LONG1
    71: () => stack.push(view.getFloat64(take(8))), // BINFLOAT
    88: () => stack.push(text(view.getUint32(take(4), true))), // BINUNICODE
    140: () => stack.push(text(bytes[take(1)])), // SHORT_BINUNICODE
    85: () => stack.push(text(bytes[take(1)])), // SHORT_BINSTRING
    113: () => memo.set(bytes[take(1)], top()), // BINPUT
    114: () => memo.set(view.getUint32(take(4), true), top()), // LONG_BINPUT
    148: () => memo.set(memo.size, top()), // MEMOIZE
    104: () => stack.push(memo.get(bytes[take(1)])), // BINGET
    106: () => stack.push(memo.get(view.getUint32(take(4), true))), // LONG_BINGET
    99: () => stack.push(globalOf(`${line()}.${line()}`)), // GLOBAL
    147: () => {
      // STACK_GLOBAL
      const [name, module] = [pop(), pop()];
      stack.push(globalOf(`${module}.${name}`));
    },
    82: () => {
      // REDUCE
      const [given, called] = [pop(), pop()];
      const make =
        called instanceof Global && Object.hasOwn(calls, called.name) ? calls[called.name] : undefined;
      if (!make || !Array.isArray(given))
        return fail(`calls ${called instanceof Global ? called.name : "a value"}`);
      stack.push(make(given));
    },
    81: () => stack.push(storageOf(pop())), // BINPERSID
    97: () => append([pop()]), // APPEND
    101: () => append(popMark()), // APPENDS
    115: () => setItems([pop(), pop()].reverse()), // SETITEM
    117: () => setItems(popMark()), // SETITEMS
    // BUILD: what PyTorch notes of a state dict's modules, which says nothing of the weights
    98: () => {
      pop();
      if (!(top() instanceof Map)) fail("gives a state to what is no dict");
    },
  };
  for (;;) {
    const operation = bytes[take(1)];
    if (operation === STOP) return pop();
    if (!Object.hasOwn(operations, operation)) {
      fail(`has the operation ${operation}, which no state dict needs`);
    }
    operations[operation]();
  }
}

const STOP = 46;

function fail(problem: string): never {
  throw new UnreadableNetworkError(
    `the pickle ${problem}; only state dicts of tensors are read, and nothing is executed`,
  );
}

function globalOf(name: string): Global {
  if (Object.hasOwn(calls, name) || Object.hasOwn(storages, name)) return new Global(name);
  return fail(`names ${name.slice(0, 100)}`);
}

/** A whole number of some bytes, little-endian. */
function long(bytes: Uint8Array, take: (count: number) => number, count: number): number {
  const from = take(count);
  if (count > 8) fail("has a number of more than 8 bytes");
  let value = 0n;
  for (let i = 0; i < count; i++) value |= BigInt(bytes[from + i]) << BigInt(8 * i);
  return Number(BigInt.asIntN(8 * count, value));
}

function storageOf(id: unknown): StoredNumbers {
  const [kind, type, key] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || !(type instanceof Global) || typeof key !== "string")
    return fail("refers to no storage");
  if (!Object.hasOwn(storages, type.name)) return fail(`has a storage of ${type.name}`);
  return { type: storages[type.name], key };
}
