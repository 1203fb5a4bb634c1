import { card } from "./cards/membranes.js";

/**
 * Regions between membranes in electron microscopy: a `Network` of `@unet/networks`, whose `loadNetwork("membranes")`
 * finds it here.
 */
export const membranes = {
  name: "membranes",
  card,
  weights: new URL("../weights/membranes.bin", import.meta.url),
};
