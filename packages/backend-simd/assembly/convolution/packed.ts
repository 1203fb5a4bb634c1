// How the right side of a product of matrices lies in memory.

/**
 * Where a column (a multiple of 4) of a row lies in a packed matrix [rows][columns], bytes: blocks of 16 columns, then
 * of the rest 8 and 4, each [rows][its columns].
 */
export function packed(row: i32, column: i32, rows: i32, columns: i32): usize {
  let block = column & ~15;
  let wide = 4;
  if (block + 16 > columns) {
    if (columns & 8 && column < block + 8) wide = 3;
    else {
      wide = 2;
      if (columns & 8) block += 8;
    }
  }
  return <usize>((block * rows + (row << wide) + (column - block)) << 2);
}

/** Columns of the block that begins at a column: 16, of the rest 8 and 4. */
export function widthAt(column: i32, columns: i32): i32 {
  const rest = columns - column;
  return rest >= 16 ? 16 : rest >= 8 ? 8 : 4;
}
