import type { Rect, Size } from "@unet/image";
import type { Part } from "../labels/render-labels.js";
import type { View } from "./view.js";

/** Side of a tile, samples. */
const SIDE = 512;
/** Tiles that are made at once. */
const MOST_LOADING = 4;
/** Tiles that are kept. */
const MOST_TILES = 160;

/** A part of the picture as it is drawn. */
interface DrawnTile {
  part: Part;
  bitmap?: ImageBitmap;
  /** The version that the bitmap is of, and the one that is being made. */
  version: number;
  loading?: number;
}

/**
 * A picture of any size, drawn from tiles that a worker makes. While a tile is on its way, the one that it replaces is
 * shown, or a coarser one: nothing waits.
 */
export class TileCache {
  readonly #tiles = new Map<string, DrawnTile>();
  #size: Size = { width: 1, height: 1 };
  #generation = 0;
  #version = 0;
  #loading = 0;
  #wanted: DrawnTile[] = [];

  /**
   * @param make asks for a tile
   * @param onTile is told when one has come
   */
  constructor(
    private readonly make: (part: Part) => Promise<ImageBitmap>,
    private readonly onTile: () => void,
  ) {}

  /** Begins with another picture. */
  reset(size: Size): void {
    this.#generation++;
    for (const { bitmap } of this.#tiles.values()) bitmap?.close();
    this.#tiles.clear();
    this.#wanted = [];
    this.#size = size;
  }

  /** What is there is shown until it is made anew. */
  refresh(): void {
    this.#version++;
  }

  draw(context: CanvasRenderingContext2D, { x, y, scale }: View, screen: Size): void {
    const { width, height } = this.#size;
    const deepest = Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / SIDE)));
    const level = Math.min(
      deepest,
      Math.max(0, Math.floor(Math.log2(1 / (scale * devicePixelRatio)) + 0.25)),
    );
    const seen: Rect = {
      x: x - screen.width / 2 / scale,
      y: y - screen.height / 2 / scale,
      width: screen.width / scale,
      height: screen.height / scale,
    };
    context.imageSmoothingEnabled = scale * devicePixelRatio < 2;
    this.#wanted = [];
    const side = SIDE * 2 ** level;
    for (
      let row = Math.max(0, Math.floor(seen.y / side));
      row * side < Math.min(height, seen.y + seen.height);
      row++
    ) {
      for (
        let column = Math.max(0, Math.floor(seen.x / side));
        column * side < Math.min(width, seen.x + seen.width);
        column++
      ) {
        const tile = this.#tileAt(level, column, row);
        if (!tile.bitmap || tile.version !== this.#version) this.#wanted.push(tile);
        this.#drawTile(context, tile, level, column, row, { x, y, scale }, screen, deepest);
      }
    }
    const distance = ({ part }: DrawnTile) => {
      const step = 2 ** part.level;
      return Math.hypot((part.x + part.width / 2) * step - x, (part.y + part.height / 2) * step - y);
    };
    this.#wanted.sort((a, b) => distance(a) - distance(b));
    this.#pump();
    this.#forget();
  }

  /** Whether all that is seen is there. */
  get settled(): boolean {
    return this.#loading === 0 && this.#wanted.length === 0;
  }

  #drawTile(
    context: CanvasRenderingContext2D,
    { part, bitmap }: DrawnTile,
    level: number,
    column: number,
    row: number,
    view: View,
    screen: Size,
    deepest: number,
  ): void {
    const step = 2 ** level;
    const at = (value: number, middle: number, size: number) =>
      Math.round(((value - middle) * view.scale + size / 2) * devicePixelRatio) / devicePixelRatio;
    const left = at(part.x * step, view.x, screen.width);
    const top = at(part.y * step, view.y, screen.height);
    const right = at((part.x + part.width) * step, view.x, screen.width);
    const bottom = at((part.y + part.height) * step, view.y, screen.height);
    if (bitmap) {
      context.drawImage(bitmap, left, top, right - left, bottom - top);
      return;
    }
    // A coarser tile that holds this one.
    for (let up = 1; level + up <= deepest; up++) {
      const factor = 2 ** up;
      const coarse = this.#tiles.get(
        keyOf(level + up, Math.floor(column / factor), Math.floor(row / factor)),
      );
      if (!coarse?.bitmap) continue;
      const from = {
        x: part.x / factor - coarse.part.x,
        y: part.y / factor - coarse.part.y,
        width: part.width / factor,
        height: part.height / factor,
      };
      context.drawImage(
        coarse.bitmap,
        from.x,
        from.y,
        Math.min(from.width, coarse.part.width - from.x),
        Math.min(from.height, coarse.part.height - from.y),
        left,
        top,
        right - left,
        bottom - top,
      );
      return;
    }
  }

  #tileAt(level: number, column: number, row: number): DrawnTile {
    const key = keyOf(level, column, row);
    let tile = this.#tiles.get(key);
    if (tile) this.#tiles.delete(key);
    else {
      const [width, height] = [
        Math.ceil(this.#size.width / 2 ** level),
        Math.ceil(this.#size.height / 2 ** level),
      ];
      const [x, y] = [column * SIDE, row * SIDE];
      tile = {
        part: { level, x, y, width: Math.min(SIDE, width - x), height: Math.min(SIDE, height - y) },
        version: -1,
      };
    }
    // The tiles that were seen last are at the end.
    this.#tiles.set(key, tile);
    return tile;
  }

  #pump(): void {
    while (this.#loading < MOST_LOADING) {
      const tile = this.#wanted.shift();
      if (!tile) return;
      if (tile.loading === this.#version) continue;
      void this.#load(tile);
    }
  }

  async #load(tile: DrawnTile): Promise<void> {
    const [generation, version] = [this.#generation, this.#version];
    tile.loading = version;
    this.#loading++;
    try {
      const bitmap = await this.make(tile.part);
      if (generation !== this.#generation) bitmap.close();
      else {
        tile.bitmap?.close();
        tile.bitmap = bitmap;
        tile.version = version;
      }
    } catch {
      // The image was closed meanwhile, or says elsewhere what is wrong with it.
    } finally {
      if (tile.loading === version) tile.loading = undefined;
      this.#loading--;
      if (generation === this.#generation) this.onTile();
    }
  }

  #forget(): void {
    for (const [key, { bitmap, loading }] of this.#tiles) {
      if (this.#tiles.size <= MOST_TILES) return;
      if (loading !== undefined) continue;
      bitmap?.close();
      this.#tiles.delete(key);
    }
  }
}

function keyOf(level: number, column: number, row: number): string {
  return `${level}/${column}/${row}`;
}
