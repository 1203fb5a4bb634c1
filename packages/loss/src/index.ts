export * from "./weight-map.js";
export * from "./weighted-cross-entropy.js";
