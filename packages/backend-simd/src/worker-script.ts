import { ARGUMENTS, FIELD_BYTES, Field, Word } from "./control.js";

/**
 * What another thread runs, as text: a script of its own file would have to be placed by every bundler. It waits for a
 * job, takes parts of it while there are any, and waits for the next; src/pool.ts is the other side.
 *
 * It looks for a job some microseconds before it sleeps: the kernels of a network follow each other that fast.
 */
export const workerScript = `
function serve({ module, memory, control, names, index }) {
  const state = new Int32Array(control, 0, ${FIELD_BYTES / 4});
  const words = new Float64Array(control, ${FIELD_BYTES});
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  let last = 0;
  let looks = 0;
  for (;;) {
    const job = Atomics.load(state, ${Field.job});
    if (job === last || job & 1) {
      if (++looks > 20000) {
        Atomics.wait(state, ${Field.job}, job);
        looks = 0;
      }
      continue;
    }
    looks = 0;
    const kernel = names[words[${Word.kernel}]];
    const first = words[${Word.first}] | 0;
    const [parts, units, grain, items] = words.subarray(${Word.parts}, ${Word.items + 1});
    const scratch = words[${Word.scratch}] + index * words[${Word.stride}];
    const given = Array.from(words.subarray(${ARGUMENTS}, ${ARGUMENTS} + words[${Word.count}]));
    if (Atomics.load(state, ${Field.job}) !== job) continue;
    last = job;
    for (;;) {
      const next = Atomics.load(state, ${Field.next});
      const part = (next - first) | 0;
      if (part < 0 || part >= parts) break;
      if (Atomics.compareExchange(state, ${Field.next}, next, (next + 1) | 0) !== next) continue;
      const begin = Math.floor((units * part) / parts) * grain;
      const end = Math.min(items, Math.floor((units * (part + 1)) / parts) * grain);
      try {
        kernels[kernel](...given, begin, end, scratch);
      } catch {
        Atomics.store(state, ${Field.failed}, 1);
      }
      const done = Atomics.add(state, ${Field.done}, 1) + 1;
      if (((done - first) | 0) >= parts) Atomics.notify(state, ${Field.done});
    }
  }
}
const node = globalThis.process?.getBuiltinModule?.("worker_threads");
if (node) serve(node.workerData);
else self.onmessage = ({ data }) => serve(data);
`;
