/** A map in memory: its address and [height, width, channels]. */
export interface PlacedMap {
  address: number;
  size: readonly [height: number, width: number, channels: number];
}
