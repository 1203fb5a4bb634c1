/**
 * The index inside 0 … size − 1 that position `index` of the mirrored line shows: reflection without
 * repeating the edge, periodic with period 2(size − 1), for any distance from the image. `size` 1 repeats
 * its only pixel. (Overlap-tile strategy, Ronneberger et al. 2015, figure 2.)
 *
 * `mirrorIndex(-1, 5)` is 1; `mirrorIndex(5, 5)` is 3.
 */
export function mirrorIndex(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const phase = ((index % period) + period) % period;
  return phase < size ? phase : period - phase;
}
