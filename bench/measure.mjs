/**
 * Median milliseconds of each task, from runs that take turns, so that all of them see the same machine.
 *
 * @param {Record<string, () => void>} tasks
 * @param {{ seconds?: number, most?: number }} options how long to go on, and with how many runs at most
 * @returns {{ medians: Record<string, number>, runs: number }}
 */
export function measureInTurns(tasks, { seconds = 1.5, most = 101 } = {}) {
  const entries = Object.entries(tasks);
  const times = entries.map(() => []);
  for (let warming = 0; warming < 3; warming++) for (const [, task] of entries) task();
  const start = performance.now();
  let runs = 0;
  while (runs < most && (runs < 5 || performance.now() - start < 1000 * seconds)) {
    for (const [index, [, task]] of entries.entries()) {
      const before = performance.now();
      task();
      times[index].push(performance.now() - before);
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
