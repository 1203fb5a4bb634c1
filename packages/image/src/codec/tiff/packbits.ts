/**
 * Decodes PackBits (TIFF 6.0, section 9): n ≥ 0 is followed by n + 1 bytes as they are, n < 0 by one byte that
 * stands 1 − n times, and −128 by nothing.
 *
 * @param size bytes that there may be
 * @throws RangeError where the data end within a run, or make more bytes
 */
export function decodePackBits(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let filled = 0;
  for (let at = 0; at < bytes.length; ) {
    const n = (bytes[at++] << 24) >> 24;
    if (n === -128) continue;
    const [taken, made] = n >= 0 ? [n + 1, n + 1] : [1, 1 - n];
    if (at + taken > bytes.length) throw new RangeError("PackBits data end within a run");
    if (filled + made > size) throw new RangeError("PackBits data make more than its pixels");
    if (n >= 0) out.set(bytes.subarray(at, at + taken), filled);
    else out.fill(bytes[at], filled, filled + made);
    at += taken;
    filled += made;
  }
  return filled < size ? out.slice(0, filled) : out;
}
