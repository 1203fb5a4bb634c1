import type { Image } from "../image.js";
import type { Colour } from "./colour-labels.js";

/** Digits of 3 × 5 and of 5 × 7 px, row by row, so that no font is needed. */
const fonts = [
  {
    width: 3,
    rows: [
      "### .#. ### ### #.# ### ### ### ### ###",
      "#.# ##. ..# ..# #.# #.. #.. ..# #.# #.#",
      "#.# .#. ### .## ### ### ### .#. ### ###",
      "#.# .#. #.. ..# ..# ..# #.# .#. #.# ..#",
      "### ### ### ### ..# ### ### .#. ### ###",
    ],
  },
  {
    width: 5,
    rows: [
      ".###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.",
      "#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...#",
      "#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...#",
      "#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .####",
      "##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#",
      "#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.",
      ".###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..",
    ],
  },
] as const;

export type DigitSize = "small" | "large";

/** Sides of a number in px, without its dark edge. */
export function sizeOfNumber(value: number, size: DigitSize): { width: number; height: number } {
  const { width, rows } = fontOf(size);
  const digits = String(value).length;
  return { width: digits * (width + 1) - 1, height: rows.length };
}

/** Writes a whole number with a black edge of 1 px; `x` and `y` are its top left corner, and what lies outside is cut. */
export function drawNumber(
  picture: Image<Uint8Array>,
  value: number,
  { x, y, size, colour }: { x: number; y: number; size: DigitSize; colour: Colour },
): void {
  const { width, rows } = fontOf(size);
  const inked: Array<[number, number]> = [];
  for (const [k, digit] of [...String(value)].entries()) {
    for (const [row, line] of rows.entries()) {
      const start = Number(digit) * (width + 1);
      for (let column = 0; column < width; column++) {
        if (line[start + column] === "#") inked.push([x + k * (width + 1) + column, y + row]);
      }
    }
  }
  const paint = (left: number, top: number, by: Colour) => {
    if (left < 0 || top < 0 || left >= picture.width || top >= picture.height) return;
    picture.data.set(by, 3 * (top * picture.width + left));
  };
  for (const [left, top] of inked) {
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) paint(left + dx, top + dy, [0, 0, 0]);
  }
  for (const [left, top] of inked) paint(left, top, colour);
}

function fontOf(size: DigitSize) {
  return fonts[size === "small" ? 0 : 1];
}
