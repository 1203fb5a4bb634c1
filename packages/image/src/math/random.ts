/**
 * A generator of uniform numbers in [0, 1) that depends on its three arguments alone, so tile `index` of
 * `stream` is the same whichever worker makes it, in whatever order, before or after a resume.
 *
 * The arguments are hashed (MurmurHash3's mixing) into the state of sfc32 (Chris Doty-Humphrey, PractRand),
 * in 32-bit integer arithmetic: the same bits on every machine and engine.
 *
 * @param seed any integer
 * @param stream what the numbers are for, as a name or an integer; streams of one seed are independent
 * @param index the position in the stream, a non-negative integer: a tile, a step, a layer
 * @throws RangeError if `seed` or `index` is not a safe integer, or `index` is negative
 */
export function randomAt(seed: number, stream: string | number, index: number): () => number {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`randomAt: seed must be an integer, got ${seed}`);
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new RangeError(`randomAt: index must be a non-negative integer, got ${index}`);
  }
  let key = 0x9e3779b9;
  for (const word of words(seed)) key = absorb(key, word);
  for (const character of String(stream)) key = absorb(key, character.codePointAt(0)!);
  key = absorb(key, 0x110000);
  for (const word of words(index)) key = absorb(key, word);

  let a = finish(key);
  let b = finish(key ^ 0x68bc21eb);
  let c = finish(key ^ 0x02e5be93);
  let counter = finish(absorb(key, b)) | 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/**
 * Turns uniform numbers into numbers of the standard normal distribution (mean 0, deviation 1; Box and
 * Muller 1958), two for every two drawn.
 */
export function normal(uniform: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** The low and the high 32 bits of a safe integer. */
function words(value: number): [number, number] {
  return [value | 0, Math.floor(value / 2 ** 32) | 0];
}

function absorb(key: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = key ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(key: number): number {
  let h = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
