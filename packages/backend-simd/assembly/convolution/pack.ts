import { packed, widthAt } from "./packed";

/**
 * Filters, or the right side of a product, packed (packed.ts): [taps · rows][columns rounded up to 4].
 *
 * @param w entry (tap, row, column) is at tap · rows · columns + row · rowStep + column · columnStep floats
 * @param turned whether taps count from the last
 * @param begin … @param end taps × rows
 */
export function pack(
  w: usize,
  taps: i32,
  rows: i32,
  columns: i32,
  rowStep: i32,
  columnStep: i32,
  turned: bool,
  target: usize,
  begin: i32,
  end: i32,
): void {
  const padded = (columns + 3) & ~3;
  const all = taps * rows;
  for (let i = begin; i < end; i++) {
    const tap = turned ? taps - 1 - i / rows : i / rows;
    const source = w + ((<usize>(tap * rows * columns + (i % rows) * rowStep)) << 2);
    for (let column = 0; column < padded; column += 4) {
      const at = target + packed(i, column, all, padded);
      if (columnStep === 1 && column + 4 <= columns) v128.store(at, v128.load(source + <usize>(column << 2)));
      else {
        for (let lane = 0; lane < 4; lane++) {
          const k = column + lane;
          const value: f32 = k < columns ? load<f32>(source + <usize>((k * columnStep) << 2)) : 0;
          store<f32>(at + <usize>(lane << 2), value);
        }
      }
    }
  }
}

/**
 * A part of 3×3 filters as the right side of a product with patches (patches.ts), packed: `rows` rows from `first` on, `used`
 * filters from `k` on, all multiples of 4. Row tap · channels + c is of channel c.
 *
 * @param w [3][3][channels][filters], or where `turned` [3][3][filters][channels], with taps from the last
 */
export function packPart(
  w: usize,
  channels: i32,
  filters: i32,
  turned: bool,
  first: i32,
  rows: i32,
  k: i32,
  used: i32,
  target: usize,
): void {
  for (let column = 0; column < used; ) {
    const wide = widthAt(column, used);
    const step = <usize>(wide << 2);
    if (!turned) {
      let source = w + ((<usize>(first * filters + k + column)) << 2);
      for (let i = 0; i < rows; i++) {
        for (let at: usize = 0; at < step; at += 16) v128.store(target + at, v128.load(source + at));
        source += <usize>(filters << 2);
        target += step;
      }
    } else {
      const next = <usize>(channels << 2);
      for (let i = first; i < first + rows; i += 4) {
        const tap = 8 - i / channels;
        let source = w + ((<usize>((tap * filters + k + column) * channels + (i % channels))) << 2);
        for (let at: usize = 0; at < step; at += 16) {
          const a = v128.load(source);
          const b = v128.load(source + next);
          const c = v128.load(source + 2 * next);
          const d = v128.load(source + 3 * next);
          const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
          const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
          const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
          const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
          const to = target + at;
          v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
          v128.store(to + step, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
          v128.store(to + 2 * step, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
          v128.store(to + 3 * step, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
          source += 4 * next;
        }
        target += 4 * step;
      }
    }
    column += wide;
  }
}
