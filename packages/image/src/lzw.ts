const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const TABLE_SIZE = 4096;

/**
 * Decodes the LZW of TIFF 6.0 (section 13): codes of 9 to 12 bits from the high bits on, one bit wider one
 * entry before they must be. Data that lack the end code end where they end.
 *
 * @throws RangeError where a code names a string that was not defined
 */
export function decodeLzw(bytes: Uint8Array): Uint8Array {
  // A string is another one, `prefix`, and a byte.
  const prefix = new Uint16Array(TABLE_SIZE);
  const suffix = new Uint8Array(TABLE_SIZE);
  const lengths = new Uint16Array(TABLE_SIZE).fill(1, 0, CLEAR);
  for (let i = 0; i < CLEAR; i++) suffix[i] = i;

  let out = new Uint8Array(Math.max(1024, 4 * bytes.length));
  let size = 0;
  let next = FIRST_FREE;
  let width = 9;
  let previous = CLEAR;
  let bits = 0;
  let held = 0;
  for (let at = 0; ; ) {
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
    if (size + length + 1 > out.length) out = grow(out, size + length + 1);
    for (let to = size + length - 1, from = source; to >= size; to--, from = prefix[from])
      out[to] = suffix[from];
    const first = out[size];
    size += length;
    if (!known) out[size++] = first;
    if (previous !== CLEAR && next < TABLE_SIZE) {
      prefix[next] = previous;
      suffix[next] = first;
      lengths[next] = lengths[previous] + 1;
      next++;
    }
    previous = code;
    if (next + 1 >= 1 << width && width < 12) width++;
  }
  return out.slice(0, size);
}

function grow(bytes: Uint8Array, atLeast: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * bytes.length, atLeast));
  larger.set(bytes);
  return larger;
}
