import type { Track } from "@unet/datasets";
import type { LabelImage } from "@unet/image";

/** Labels are written in 16 bits. */
const MOST = 65535;

/**
 * The tracks of a sequence, as the Cell Tracking Challenge wants them: a track has an object in each of its frames. What
 * is missing for a while goes on as a track of its own, whose parent is the one before.
 */
export class TrackTable {
  readonly #tracks = new Map<number, Track>();
  /** The track that each object is of, by the number that it came with. */
  readonly #current = new Map<number, Track>();
  #most = 0;

  /** The tracks so far, by their labels. */
  get tracks(): Track[] {
    return [...this.#tracks.values()].sort((a, b) => a.label - b.label);
  }

  /**
   * Takes the objects of the next frame.
   *
   * @returns the frame with the numbers of tracks: those that objects came with, where they are free
   * @throws RangeError beyond 65,535 tracks
   */
  add(frame: number, { width, height, data }: LabelImage): LabelImage {
    const numbers = new Map<number, number>();
    for (const label of data) {
      if (label > 0 && !numbers.has(label)) numbers.set(label, this.#trackOf(label, frame).label);
    }
    return { width, height, data: data.map((label) => numbers.get(label) ?? 0) };
  }

  #trackOf(label: number, frame: number): Track {
    const known = this.#current.get(label);
    if (known?.last === frame - 1) {
      known.last = frame;
      return known;
    }
    const free = this.#tracks.has(label) ? this.#most + 1 : label;
    if (free > MOST) {
      throw new RangeError(
        `more than ${MOST} tracks, which masks of 16 bits can't number; raise minimumSize`,
      );
    }
    const track = { label: free, first: frame, last: frame, parent: known?.label ?? 0 };
    this.#tracks.set(free, track);
    this.#current.set(label, track);
    this.#most = Math.max(this.#most, free);
    return track;
  }
}
