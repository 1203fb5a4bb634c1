/** Labels as pairs of how many and which: what lies in memory for undo and in files. */
export function encodeRuns(labels: Int32Array): Int32Array<ArrayBuffer> {
  let count = 0;
  for (let i = 0; i < labels.length; i++) if (i === 0 || labels[i] !== labels[i - 1]) count++;
  const runs = new Int32Array(2 * count);
  for (let i = 0, run = -2; i < labels.length; i++) {
    if (i === 0 || labels[i] !== labels[i - 1]) {
      run += 2;
      runs[run + 1] = labels[i];
    }
    runs[run]++;
  }
  return runs;
}

/**
 * The labels that {@link encodeRuns} packed.
 *
 * @throws RangeError where they are not as many as there shall be: the file is damaged
 */
export function decodeRuns(runs: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const labels = new Int32Array(length);
  let at = 0;
  for (let run = 0; run + 1 < runs.length; run += 2) {
    const count = runs[run];
    if (!(count > 0 && at + count <= length)) throw damaged(length);
    labels.fill(runs[run + 1], at, at + count);
    at += count;
  }
  if (at !== length) throw damaged(length);
  return labels;
}

function damaged(length: number): RangeError {
  return new RangeError(`the stored labels are damaged: they are not those of ${length} pixels`);
}
