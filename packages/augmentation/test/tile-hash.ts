import { deformTile, drawCentre } from "@unet/augmentation";
import { numbered } from "./samples.js";

/** FNV-1a over all bytes of 100 tiles of several kinds: any other bit gives another number. */
export function hashOfTiles(): number {
  const grey = numbered(50, 37);
  const colour = numbered(33, 41, 3);
  let hash = 0x811c9dc5;
  for (let index = 0; index < 100; index++) {
    const sample = index % 2 ? grey : colour;
    const { image, labels, weights } = deformTile(sample, {
      centre: drawCentre(sample.image, { seed: 9, index }),
      inputSize: [44, 40],
      outputSize: [12, 8],
      seed: 9,
      index,
      scaling: 0.3,
      interpolation: index % 3 ? "bilinear" : "bicubic",
      elastic: { interpolation: index % 5 ? "bicubic" : "bspline", ...(index % 4 && { spacing: 15 }) },
      greyValues: index % 7 ? {} : { noise: 0.1, blur: 1.5 },
    });
    for (const { buffer } of [image.data, labels.data, weights!.data]) {
      for (const byte of new Uint8Array(buffer)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return hash;
}

/** What {@link hashOfTiles} gives, in Node and in the browser. */
export const EXPECTED_HASH = 3918634319;
