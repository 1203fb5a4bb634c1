import { cutTile, sampleOrder, type TileStreamOptions, tileStream } from "@unet/augmentation";
import { numbered } from "./samples.js";

export const samples = [numbered(50, 37), numbered(33, 41), numbered(20, 20)];
export const options = { inputSize: 44, outputSize: 12, seed: 9 } as const;

/** Tiles `from` to `from + count` as the stream is to give them, made one by one. */
export function expectedTiles(count: number, from = 0) {
  return Array.from({ length: count }, (_, i) =>
    cutTile(samples[sampleOrder(samples.length, 9)(from + i)], { ...options, index: from + i }),
  );
}

/** The first tiles of a stream. */
export async function take(count: number, given: Partial<TileStreamOptions> = {}, from = samples) {
  const tiles = [];
  for await (const tile of tileStream(from, { ...options, ...given })) {
    tiles.push(tile);
    if (tiles.length === count) break;
  }
  return tiles;
}
