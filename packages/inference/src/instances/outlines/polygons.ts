/** A closed line of corners [x, y], the first again at the end. */
export type Ring = Array<[number, number]>;

/** The polygons of one object: of each its outer ring, then its holes. */
export type Polygons = Ring[][];

/**
 * Sorts the rings of an object into polygons. Outer rings are those with Σ(xᵢyᵢ₊₁ − xᵢ₊₁yᵢ) > 0, holes run the
 * other way; a hole belongs to the smallest outer ring around the pixel above it.
 */
export function polygonsOf(rings: Ring[]): Polygons {
  const areas = new Map(rings.map((ring) => [ring, signedArea(ring)]));
  const polygons = rings.filter((ring) => areas.get(ring)! > 0).map((ring) => [ring]);
  for (const hole of rings) {
    if (areas.get(hole)! > 0) continue;
    let owner = polygons[0];
    if (polygons.length > 1) {
      const [x, y] = hole.reduce((a, b) => (b[1] < a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a));
      const around = polygons.filter(([outer]) => isInside(outer, x + 0.5, y - 0.5));
      owner = around.reduce((a, b) => (areas.get(b[0])! < areas.get(a[0])! ? b : a));
    }
    owner.push(hole);
  }
  return polygons;
}

function signedArea(ring: Ring): number {
  let sum = 0;
  for (let i = 1; i < ring.length; i++) sum += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return sum / 2;
}

/** Whether a ray from the point to the left crosses the ring's vertical edges an odd number of times. */
function isInside(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [[fromX, fromY], [, toY]] = [ring[i - 1], ring[i]];
    if (fromX < x && fromY > y !== toY > y) inside = !inside;
  }
  return inside;
}
