import type { Track } from "@unet/image";
import { DatasetError } from "../errors.js";

export type { Track };

/**
 * The rows of a track table (`man_track.txt`, `res_track.txt`): label, first and last frame, and parent, four
 * whole numbers a line.
 *
 * @throws DatasetError that names the line
 */
export function parseTracks(text: string): Track[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const numbers = line.trim().split(/\s+/);
    if (numbers.length !== 4 || !numbers.every((number) => /^\d+$/.test(number))) {
      throw new DatasetError(
        `Line ${index + 1} of the track table is "${line.trim().slice(0, 80)}": expected label, first frame, last frame and parent`,
      );
    }
    const [label, first, last, parent] = numbers.map(Number);
    const large = numbers.find((number) => Number(number) >= 2 ** 31);
    if (large || first > last) {
      const problem = large ? `${large} is beyond any label or frame` : `frame ${first} comes after ${last}`;
      throw new DatasetError(
        `Line ${index + 1} of the track table is "${line.trim().slice(0, 80)}": ${problem}`,
      );
    }
    return { label, first, last, parent };
  });
}

/** A track table as text, a line for each track, which {@link parseTracks} reads back. */
export function formatTracks(tracks: readonly Track[]): string {
  return tracks.map(({ label, first, last, parent }) => `${label} ${first} ${last} ${parent}\n`).join("");
}
