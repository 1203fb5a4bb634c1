const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const TABLE_SIZE = 4096;

/**
 * Decodes the LZW of TIFF 6.0 (section 13): codes of 9 to 12 bits from the high bits on, one bit wider one
 * entry before they must be. Data that lack the end code end where they end; no more than `size` bytes are made.
 *
 * @throws RangeError where a code names a string that was not defined
 */
export function decodeLzw(bytes: Uint8Array, size: number): Uint8Array {
  // A string is another one, `prefix`, and a byte.
  const prefix = new Uint16Array(TABLE_SIZE);
  const suffix = new Uint8Array(TABLE_SIZE);
  const lengths = new Uint16Array(TABLE_SIZE).fill(1, 0, CLEAR);
  for (let i = 0; i < CLEAR; i++) suffix[i] = i;

  // What the longest string may add past the end.
  const out = new Uint8Array(size + TABLE_SIZE + 1);
  let filled = 0;
  let next = FIRST_FREE;
  let width = 9;
  let previous = CLEAR;
  let bits = 0;
  let held = 0;
  for (let at = 0; filled < size; ) {
    while (held < width && at < bytes.length) {
      bits = ((bits << 8) | bytes[at++]) & 0xffffff;
      held += 8;
    }
    if (held < width) break;
    held -= width;
    const code = (bits >> held) & ((1 << width) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      next = FIRST_FREE;
      width = 9;
      previous = CLEAR;
      continue;
    }
    const known = code < CLEAR || (code >= FIRST_FREE && code < next);
    if (!known && (code !== next || previous === CLEAR))
      throw new RangeError(`LZW code ${code} is undefined`);
    // The one string that may be used before it is defined: the previous one and its own first byte.
    const source = known ? code : previous;
    const length = lengths[source];
    for (let to = filled + length - 1, from = source; to >= filled; to--, from = prefix[from])
      out[to] = suffix[from];
    const first = out[filled];
    filled += length;
    if (!known) out[filled++] = first;
    if (previous !== CLEAR) {
      if (next === TABLE_SIZE) throw new RangeError("LZW codes go on where their table is full");
      prefix[next] = previous;
      suffix[next] = first;
      lengths[next] = lengths[previous] + 1;
      next++;
    }
    previous = code;
    if (next + 1 >= 1 << width && width < 12) width++;
  }
  return out.slice(0, Math.min(filled, size));
}
