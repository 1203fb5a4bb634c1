/**
 * Decodes PackBits (TIFF 6.0, section 9): n ≥ 0 is followed by n + 1 bytes as they are, n < 0 by one byte that
 * stands 1 − n times, and −128 by nothing.
 *
 * @throws RangeError where the data end within a run
 */
export function decodePackBits(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(unpackedSize(bytes));
  for (let at = 0, to = 0; at < bytes.length; ) {
    const n = (bytes[at++] << 24) >> 24;
    if (n >= 0) {
      out.set(bytes.subarray(at, at + n + 1), to);
      at += n + 1;
      to += n + 1;
    } else if (n !== -128) {
      out.fill(bytes[at++], to, to + 1 - n);
      to += 1 - n;
    }
  }
  return out;
}

function unpackedSize(bytes: Uint8Array): number {
  let size = 0;
  let at = 0;
  while (at < bytes.length) {
    const n = (bytes[at++] << 24) >> 24;
    if (n === -128) continue;
    size += n >= 0 ? n + 1 : 1 - n;
    at += n >= 0 ? n + 1 : 1;
  }
  if (at > bytes.length) throw new RangeError("PackBits data end within a run");
  return size;
}
