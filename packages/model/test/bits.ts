import { createUNet } from "@unet/model";
import { dropoutMask } from "../src/layers/mask.js";

/** What {@link bitsOfWeights} and {@link bitsOfMask} are everywhere. */
export const expectedBits = { weights: 3_530_433_469, mask: 3_064_853_301 };

/** A hash of a small network's initial weights. */
export function bitsOfWeights(): number {
  const model = createUNet({ filters: 4, depth: 2, seed: 7 });
  const values = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
  model.dispose();
  return hash(Float32Array.from(values));
}

/** A hash of a dropout mask. */
export function bitsOfMask(): number {
  return hash(dropoutMask(5000, 0.3, { seed: 7, stream: "dropout/bottom.dropout", step: 11 }));
}

/** FNV-1a over the bits. */
function hash(values: Float32Array): number {
  let result = 0x811c9dc5;
  for (const byte of new Uint8Array(values.buffer)) result = Math.imul(result ^ byte, 0x01000193);
  return result >>> 0;
}
