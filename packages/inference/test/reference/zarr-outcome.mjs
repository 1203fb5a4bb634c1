import { openZarr } from "@unet/inference/zarr";
import { size, valuesOf } from "./damaged-zarrs.mjs";

/**
 * What reading a damaged array comes to: "refused" in one line that names the chunk, "right pixels", "other pixels",
 * or what else was thrown.
 *
 * @param {{ array: string, files: Map<string, Uint8Array> }} damaged
 * @returns {Promise<{ outcome: string, pixels?: Float32Array }>}
 */
export async function outcomeOf({ array, files }) {
  const store = { get: async (/** @type {string} */ key) => files.get(key) };
  try {
    const zarr = await openZarr(store);
    const { data } = await zarr.plane(0).read({ x: 0, y: 0, ...size });
    const right = valuesOf(array);
    const pixels = Float32Array.from(data);
    const same = pixels.length === right.length && right.every((value, i) => value === pixels[i]);
    return { outcome: same ? "right pixels" : "other pixels", pixels };
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    const named =
      /^the store: chunk (c\/)?\d[./]\d: [^\n]+$/.test(message) || /is more than float32 holds/.test(message);
    return { outcome: name === "UnreadableImageError" && named ? "refused" : `${name}: ${message}` };
  }
}
