import { UnreadableImageError } from "../errors.js";

/**
 * Inflates data in zlib's format, checks their checksum, and gives them away a piece at a time: whatever the data would inflate to, no more memory is taken.
 *
 * @param pieces the data, in one piece or several
 * @param take is given each piece and where it belongs
 * @returns how many bytes were given away
 * @throws UnreadableImageError where the data are damaged, end early, or inflate to more than `size`
 */
export async function inflate(
  pieces: readonly Uint8Array[],
  size: number,
  take: (piece: Uint8Array, at: number) => void,
): Promise<number> {
  const { Inflate } = await import("pako");
  const inflator = new Inflate({ chunkSize: Math.min(65_536, size + 1) });
  let total = 0;
  inflator.onData = (data) => {
    const piece = data as Uint8Array;
    if (total + piece.length > size)
      throw new UnreadableImageError("its data inflate to more than its pixels");
    take(piece, total);
    total += piece.length;
  };
  let ended = false;
  inflator.onEnd = () => {
    ended = true;
  };
  for (const piece of pieces) {
    inflator.push(piece, false);
    if (inflator.err) {
      throw new UnreadableImageError(`its data can't be inflated (${inflator.msg || "they are damaged"})`);
    }
  }
  if (!ended) throw new UnreadableImageError("its compressed data end early");
  return total;
}
