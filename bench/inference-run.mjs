// Predicts one image from Zarr to Zarr and sends what it took to bench/inference.mjs.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { useBackend } from "@unet/backend";
import { randomAt } from "@unet/image";
import { asPredictor, predictTiled } from "@unet/inference";
import { fileStore, zarrSink, zarrSource } from "@unet/inference/zarr";
import { createUNet } from "@unet/model";
import { create, open, root, set, slice } from "zarrita";

const [size, folder, memory] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const [input, output] = ["in", "out"].map((name) => join(folder, `${name}-${size}.zarr`));
await writeNoise(input);
await useBackend({ prefer: ["wasm"] });
const network = asPredictor(createUNet({ depth: 3, filters: 8, seed: 1 }));
let computing = 0;
const timed = {
  ...network,
  normalisation: "z-score",
  async predict(tiles) {
    const before = performance.now();
    const scores = await network.predict(tiles);
    computing += performance.now() - before;
    return scores;
  },
};
const resident = process.memoryUsage().rss;
const start = performance.now();
const sink = await zarrSink(output, { width: size, height: size, channels: 2 });
await predictTiled(await zarrSource(input), timed, { memory, sink });
const total = performance.now() - start;
await Promise.all([input, output].map((path) => rm(path, { recursive: true })));
process.send({
  size,
  peak: process.resourceUsage().maxRSS / 1024,
  computing: process.resourceUsage().maxRSS / 1024 - resident / 2 ** 20,
  perPixel: (1e6 * total) / size ** 2,
  ownShare: (100 * (total - computing)) / total,
});
process.disconnect();

/** An 8-bit image of soft blobs and noise, in chunks of 512². */
async function writeNoise(path) {
  const chunk = 512;
  const location = root(fileStore(path));
  const codecs = [{ name: "bytes" }, { name: "zstd", configuration: { level: 1, checksum: false } }];
  await create(location, { shape: [size, size], chunkShape: [chunk, chunk], dtype: "uint8", codecs });
  const array = await open(location, { kind: "array" });
  const data = new Uint8Array(chunk * chunk);
  for (let y = 0; y < size; y += chunk) {
    for (let x = 0; x < size; x += chunk) {
      const random = randomAt(1, "noise", (y / chunk) * size + x);
      for (let i = 0; i < data.length; i++) {
        const [u, v] = [x + (i % chunk), y + Math.floor(i / chunk)];
        data[i] = 100 + 60 * Math.sin(u / 17) * Math.cos(v / 23) + 40 * random();
      }
      await set(array, [slice(y, y + chunk), slice(x, x + chunk)], {
        ...{ data, shape: [chunk, chunk], stride: [chunk, 1] },
      });
    }
  }
}
