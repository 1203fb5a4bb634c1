import { connectedComponents } from "@unet/image";

/** A pixel of the border that the flood has not reached, or that waits for its turn; dams end as 0. */
const WAITING = 0;
const QUEUED = -1;
const DAM = -2;

/**
 * Thins borders to lines by flooding (Soille and Vincent 1990), as the challenge's tool does before V^Rand and
 * V^Info: the 4-connected components of the foreground grow until they meet at dams of one pixel. The order is
 * the tool's, column by column. Without foreground all is one basin.
 *
 * @param foreground 1 inside cells
 * @returns the basins' numbers, 0 on dams
 */
export function thinBorders(foreground: Uint8Array, width: number, height: number): Int32Array {
  const components = connectedComponents({ width, height, data: new Int32Array(foreground) });
  const basins = components.data;
  if (!foreground.includes(1)) return basins.fill(1);
  const queue = new Int32Array(basins.length);
  let end = 0;
  const besideBasin = (x: number, y: number, i: number) =>
    (x > 0 && basins[i - 1] > 0) ||
    (y > 0 && basins[i - width] > 0) ||
    (x < width - 1 && basins[i + 1] > 0) ||
    (y < height - 1 && basins[i + width] > 0);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const i = y * width + x;
      if (basins[i] === WAITING && besideBasin(x, y, i)) queue[end++] = i;
    }
  }
  for (let k = 0; k < end; k++) basins[queue[k]] = QUEUED;

  // Whether the dam last made stands beside a dam, so that a basin may still take the pixel.
  let besideDam = false;
  const look = (i: number, neighbour: number) => {
    const found = basins[neighbour];
    const own = basins[i];
    if (found > 0) {
      if (own === QUEUED || (own === DAM && besideDam)) basins[i] = found;
      else if (own > 0 && own !== found) {
        basins[i] = DAM;
        besideDam = false;
      }
    } else if (found === DAM) {
      if (own === QUEUED) {
        basins[i] = DAM;
        besideDam = true;
      }
    } else if (found === WAITING) {
      basins[neighbour] = QUEUED;
      queue[end++] = neighbour;
    }
  };
  for (let next = 0; next < end; next++) {
    const i = queue[next];
    const x = i % width;
    if (x > 0) look(i, i - 1);
    if (i >= width) look(i, i - width);
    if (x < width - 1) look(i, i + 1);
    if (i + width < basins.length) look(i, i + width);
  }
  for (let i = 0; i < basins.length; i++) if (basins[i] < 0) basins[i] = 0;
  return basins;
}
