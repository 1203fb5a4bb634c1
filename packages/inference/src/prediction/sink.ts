import type { Image, Rect } from "@unet/image";

/** Takes the scores of one part of the image after another; together they cover it exactly once. */
export interface TileSink {
  /** The chunks that are written as a whole, px: parts start at multiples of it. Default: anywhere. */
  readonly block?: { readonly width: number; readonly height: number };
  /** Whether an earlier run has written this part; it is then not computed again. */
  has?(rect: Rect): Promise<boolean> | boolean;
  /** Takes one part. The next comes when it is done, and in the same memory: what is to be kept is copied. */
  write(rect: Rect, scores: Image<Float32Array>): Promise<void> | void;
  /** Called once at the end; `complete` says whether every part was written. */
  close?(complete: boolean): Promise<void> | void;
}

/**
 * Collects the scores in an image in memory.
 *
 * @throws RangeError where they are more than there is memory for
 */
export function memorySink(
  width: number,
  height: number,
  channels: number,
): TileSink & { image: Image<Float32Array> } {
  const data = zeros(width, height, channels);
  return {
    image: { width, height, channels, data },
    write(rect, scores) {
      const row = rect.width * channels;
      for (let y = 0; y < rect.height; y++) {
        data.set(scores.data.subarray(y * row, (y + 1) * row), ((rect.y + y) * width + rect.x) * channels);
      }
    },
  };
}

function zeros(width: number, height: number, channels: number): Float32Array {
  try {
    return new Float32Array(width * height * channels);
  } catch (cause) {
    const gigabytes = Math.ceil((width * height * channels * 4) / 1e9);
    throw new RangeError(
      `predictTiled: the scores of ${width} × ${height} px in ${channels} classes take ${gigabytes} GB of memory, which isn't there; give a sink, such as tiffSink`,
      { cause },
    );
  }
}
