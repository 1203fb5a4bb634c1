import { type DeformedTile, type DeformTileOptions, deformTile, type TileSource } from "./deform-tile.js";
import { drawCentre } from "./draw-centre.js";

/** Options of {@link cutTile}: those of `deformTile`, but for the centre, which is drawn. */
export interface CutTileOptions extends Omit<DeformTileOptions, "centre"> {
  /** Number of the tile. */
  index: number;
}

/** Tile `index` of a seed: centred anywhere on the mirrored plane by `drawCentre`, then made by `deformTile`. */
export function cutTile(source: TileSource, options: CutTileOptions): DeformedTile {
  return deformTile(source, { ...options, centre: drawCentre(source.image, options) });
}
