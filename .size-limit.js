// What a page pays for each package, minified and compressed with brotli: all of our own code that
// it pulls in, without its peers (tfjs), without what loads on first use only (the codecs).
const ignore = ["@tensorflow/*", "fast-png", "geotiff", "jpeg-js", "pako", "yaml", "zstddec", "node:*"];

const limits = {
  // float16 is 0.5 kB; a third of the rest checks what is opened: manifest, sizes, layers, checksum
  model: { limit: "10.5 kB" },
  loss: { limit: "10 kB" },
  augmentation: { limit: "12 kB" },
  // half of it is what `segment` does with scores: labelling, splitting, closed gaps, measures
  inference: { limit: "23 kB" },
  // most of it is model; weights are files of their own
  networks: { limit: "12 kB" },
  // a fifth of it is protobufjs, half are inference and model
  interchange: { limit: "56 kB" },
  // nine tenths of it are the kernels, with relaxed SIMD and without
  "backend-simd": { limit: "40 kB" },
};

export default Object.entries(limits).map(([name, check]) => ({
  name: `@unet/${name}`,
  path: `packages/${name}/dist/index.js`,
  modifyEsbuildConfig: (config) => ({ ...config, format: "esm", platform: "browser", splitting: false }),
  ignore,
  ...check,
}));
