import { Damage } from "./damage.js";

/**
 * Decodes a block of LZ4 that fills `out` exactly.
 *
 * @throws Damage where a length or a distance leads out of either, or the sizes don't agree
 */
export function decodeLz4(bytes: Uint8Array, out: Uint8Array): void {
  const cut = () => new Damage("its LZ4 data are damaged");
  let at = 0;
  let to = 0;
  /** The rest of a length whose four bits are all set. */
  const longer = (length: number) => {
    for (let more = 255; more === 255; length += more) {
      if (at >= bytes.length) throw cut();
      more = bytes[at++];
    }
    return length;
  };
  while (at < bytes.length) {
    const token = bytes[at++];
    const literals = token >> 4 === 15 ? longer(15) : token >> 4;
    if (at + literals > bytes.length || to + literals > out.length) throw cut();
    copy(bytes, at, out, to, literals);
    at += literals;
    to += literals;
    if (at === bytes.length) break;
    if (at + 2 > bytes.length) throw cut();
    const distance = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    const length = ((token & 15) === 15 ? longer(15) : token & 15) + 4;
    if (distance === 0 || distance > to || to + length > out.length) throw cut();
    copy(out, to - distance, out, to, length);
    to += length;
  }
  if (to !== out.length) throw cut();
}

/** Copies forwards, one after another: a source that reaches into its target repeats itself. */
export function copy(from: Uint8Array, at: number, out: Uint8Array, to: number, length: number): void {
  if (length > 32 && (from !== out || at + length <= to)) {
    out.set(from.subarray(at, at + length), to);
    return;
  }
  for (const end = to + length; to < end; ) out[to++] = from[at++];
}
