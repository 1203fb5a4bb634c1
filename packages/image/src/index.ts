export * from "./image.js";
export * from "./mirror.js";
export * from "./random.js";
