import { packed } from "./packed";

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
