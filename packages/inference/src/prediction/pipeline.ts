/** The stages that each item passes through. */
export interface Stages<Item, Input, Output> {
  read(item: Item): Promise<Input>;
  compute(input: Input): Promise<Output>;
  write(item: Item, output: Output): Promise<void>;
}

/**
 * Runs the stages side by side: at any time one item is read, one computed and one written, in their order.
 *
 * @throws what a stage throws, or the signal's reason, when nothing is written any more
 */
export async function pipeline<Item, Input, Output>(
  items: Item[],
  { read, compute, write }: Stages<Item, Input, Output>,
  signal?: AbortSignal,
): Promise<void> {
  let reading = settling(read(items[0]));
  let writing = Promise.resolve();
  try {
    for (const [index, item] of items.entries()) {
      const input = await reading;
      if (index + 1 < items.length) reading = settling(read(items[index + 1]));
      const output = await compute(input);
      await writing;
      signal?.throwIfAborted();
      writing = settling(write(item, output));
      // Synchronous backends would starve files, timers and signals otherwise.
      if (items.length > 1) await new Promise((resolve) => nextTurn(resolve));
    }
    await writing;
  } finally {
    await Promise.allSettled([writing]);
  }
}

/** Lets everything run that waits; Node's timers would wait a millisecond. */
const nextTurn: (then: (value: unknown) => void) => void =
  typeof setImmediate === "function" ? setImmediate : (then) => setTimeout(then, 0);

/** A promise that may fail before anybody waits for it. */
function settling<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
