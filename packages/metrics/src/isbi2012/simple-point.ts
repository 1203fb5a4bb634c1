/** The eight neighbours around a pixel, clockwise from above: even ones share a side with it. */
export const ring: ReadonlyArray<readonly [dy: number, dx: number]> = [
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
];

/**
 * For each of the 256 neighbourhoods (bit k: `ring[k]` is foreground), 1 where the pixel amid it is simple:
 * flipping it changes no topology, with 4-connected foreground and 8-connected background (Bertrand 1994).
 * Then just one piece of foreground touches it by a side, and the background around it is one piece.
 */
export const simplePoints = Uint8Array.from({ length: 256 }, (_, bits) => (isSimple(bits) ? 1 : 0));

function isSimple(bits: number): boolean {
  const on = (k: number) => ((bits >> (k & 7)) & 1) === 1;
  const sides = [0, 2, 4, 6];
  const foreground = sides.filter(on);
  // Pieces round a ring are gaps between them: two sides are one piece only where the corner between is too.
  const joined = foreground.filter((k) => on(k + 1) && on(k + 2)).length;
  const foregroundPieces = foreground.length === 4 && joined === 4 ? 1 : foreground.length - joined;
  // A background corner joins the sides beside it; alone between two foreground sides it is a piece.
  const background = sides.filter((k) => !on(k));
  const touching = background.filter((k) => !on(k + 2)).length;
  const corners = [1, 3, 5, 7].filter((k) => !on(k) && on(k - 1) && on(k + 1)).length;
  const backgroundPieces = (background.length === 4 ? 1 : background.length - touching) + corners;
  return foregroundPieces === 1 && backgroundPieces === 1;
}
