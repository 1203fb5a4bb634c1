/** Central moments of second order by the area: the variances along x and y, and the covariance. */
export interface Moments {
  xx: number;
  xy: number;
  yy: number;
}

/** The ellipse with these moments, as scikit-image's `regionprops` tells of it, lengths in the unit of the moments. */
export function ellipseOf({ xx, xy, yy }: Moments) {
  const spread = Math.hypot(xx - yy, 2 * xy);
  const most = (xx + yy + spread) / 2;
  // Their product is the determinant: the difference would lose what is small in rounding.
  const least = most > 0 ? Math.max(xx * yy - xy * xy, 0) / most : 0;
  return {
    axisMajorLength: 4 * Math.sqrt(most),
    axisMinorLength: 4 * Math.sqrt(least),
    eccentricity: most > 0 ? Math.sqrt(Math.max(1 - least / most, 0)) : 0,
    orientation: orientationOf(xx, xy, yy),
  };
}

/** Diameter of the circle with this area. */
export function diameterOf(area: number): number {
  return Math.sqrt((4 * area) / Math.PI);
}

/** Where no direction is longer than the others, scikit-image says π/4 or −π/4. */
function orientationOf(xx: number, xy: number, yy: number): number {
  if (xx === yy) return xy > 0 ? Math.PI / 4 : -Math.PI / 4;
  return 0.5 * Math.atan2(2 * xy, yy - xx);
}
