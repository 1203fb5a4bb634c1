import {
  type DeformedTile,
  type DeformTileOptions,
  deformTile,
  type TileSource,
} from "../deform/deform-tile.js";
import { drawBalancedCentre } from "./draw-balanced-centre.js";
import { drawCentre } from "./draw-centre.js";

/** Options of {@link cutTile}: those of `deformTile`, but for the centre, which is drawn. */
export interface CutTileOptions extends Omit<DeformTileOptions, "centre"> {
  /** Number of the tile. */
  index: number;
  /** Share of the tiles that are centred on a class drawn first, see `drawBalancedCentre`. Default 0. */
  balance?: number;
}

/**
 * Tile `index` of a seed: centred anywhere on the mirrored plane by `drawCentre`, or more often on rare classes
 * where `balance` is given, then made by `deformTile`.
 */
export function cutTile(source: TileSource, options: CutTileOptions): DeformedTile {
  const { balance = 0, ...rest } = options;
  const centre = balance
    ? drawBalancedCentre(source.labels, { ...options, balance })
    : drawCentre(source.image, options);
  return deformTile(source, { ...rest, centre });
}
