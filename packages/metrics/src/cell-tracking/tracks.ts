import type { LabelImage, Track } from "@unet/image";
import type { Several } from "../measure.js";

export type { Track };

/** The frames of a sequence, from frame 0 on, and its track table. */
export interface TrackedLabels {
  labels: Several<LabelImage>;
  tracks: readonly Track[];
}

/** A link from an object to the same cell, or a daughter, in a later frame. */
export interface Edge {
  from: Vertex;
  to: Vertex;
  kind: "track" | "parent";
}

/** An object in a frame. */
export interface Vertex {
  frame: number;
  label: number;
}

/**
 * The edges of a track table between objects that are there: from frame to frame in a track, and from the last of
 * the parent to the first of the child.
 *
 * @param objects the labels in each frame
 * @throws RangeError where the table is contradictory or lacks an object
 */
export function edgesOf(
  tracks: readonly Track[],
  objects: ReadonlyArray<ReadonlyMap<number, unknown>>,
  where: string,
): Edge[] {
  const byLabel = new Map(tracks.map((track) => [track.label, track]));
  const twice = tracks.find((track) => byLabel.get(track.label) !== track);
  if (twice) throw new RangeError(`${where}: label ${twice.label} has two rows in the track table`);
  for (const [frame, labels] of objects.entries()) {
    for (const label of labels.keys()) {
      const track = byLabel.get(label);
      if (track && frame >= track.first && frame <= track.last) continue;
      const row = track ? `frames ${track.first} to ${track.last} of it` : "no row for it";
      throw new RangeError(`${where}: object ${label} is in frame ${frame}, but the track table has ${row}`);
    }
  }
  const edges: Edge[] = [];
  const link = (from: Vertex, to: Vertex, kind: Edge["kind"]) => {
    if (objects[from.frame]?.has(from.label) && objects[to.frame]?.has(to.label))
      edges.push({ from, to, kind });
  };
  for (const { label, first, last, parent } of tracks) {
    if (parent !== 0) {
      const mother = byLabel.get(parent);
      if (!mother || mother.last >= first) {
        const reason = mother ? `which ends in frame ${mother.last}, not before` : "which has no row";
        throw new RangeError(
          `${where}: track ${label} begins in frame ${first} from track ${parent}, ${reason}`,
        );
      }
      link({ frame: mother.last, label: parent }, { frame: first, label }, "parent");
    }
    // What a table says of frames that aren't there links nothing.
    for (let frame = first; frame < Math.min(last, objects.length - 1); frame++) {
      link({ frame, label }, { frame: frame + 1, label }, "track");
    }
  }
  return edges;
}
