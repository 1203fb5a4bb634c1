/**
 * Median milliseconds of each task, from runs that take turns, so that all of them see the same machine.
 *
 * @param {Record<string, () => unknown>} tasks one that answers a number, or a promise of one, has timed itself
 * @param {{ seconds?: number, least?: number, most?: number }} options how long to go on, and with how many runs
 *   at least and at most
 * @returns {Promise<{ medians: Record<string, number>, runs: number }>}
 */
export async function measureInTurns(tasks, { seconds = 1.5, least = 5, most = 101 } = {}) {
  const entries = Object.entries(tasks);
  const times = entries.map(() => []);
  for (let warming = 0; warming < Math.min(3, least); warming++) for (const [, task] of entries) await task();
  const start = performance.now();
  let runs = 0;
  while (runs < most && (runs < least || performance.now() - start < 1000 * seconds)) {
    for (const [index, [, task]] of entries.entries()) {
      const before = performance.now();
      const own = await task();
      times[index].push(typeof own === "number" ? own : performance.now() - before);
    }
    runs++;
  }
  const medians = Object.fromEntries(entries.map(([name], index) => [name, median(times[index])]));
  return { medians, runs };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
