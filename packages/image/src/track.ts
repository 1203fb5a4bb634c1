/** One row of a track table of the Cell Tracking Challenge: a cell from its first frame to its last. */
export interface Track {
  label: number;
  /** Frames, counted as the images are. */
  first: number;
  last: number;
  /** Label of the track that it came from by division or after a gap, 0 for none. */
  parent: number;
}
