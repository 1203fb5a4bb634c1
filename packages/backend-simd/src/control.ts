/** The numbers by which threads agree, int32, changed by Atomics only. */
export const Field = {
  /** Odd while a job is being written; each job has an even number of its own. */
  job: 0,
  /** The next part to be taken. Parts are numbered on through all jobs, so that none is taken for another job's. */
  next: 1,
  /** How many parts were done, through all jobs. */
  done: 2,
  /** Not 0 once a kernel has failed in another thread. */
  failed: 3,
} as const;

/** What a job is, float64: read by a thread between two looks at its number. */
export const Word = {
  kernel: 0,
  first: 1,
  parts: 2,
  units: 3,
  grain: 4,
  items: 5,
  scratch: 6,
  stride: 7,
  count: 8,
} as const;

/** Where the arguments begin among the words, and how many there may be. */
export const ARGUMENTS = 9;
export const MOST_ARGUMENTS = 40;

/** Bytes of the fields, in front of the words. */
export const FIELD_BYTES = 64;
export const CONTROL_BYTES = FIELD_BYTES + 8 * (ARGUMENTS + MOST_ARGUMENTS);
