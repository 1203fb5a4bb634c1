// Writes the files that check-encoder.py reads; wants the package built.
import { mkdir } from "node:fs/promises";
import { writeImage, writeLabels } from "@unet/image";

const [folder] = process.argv.slice(2);
const [width, height] = [301, 207];
await mkdir(folder, { recursive: true });

function page(type, channels, p) {
  const data = new type(width * height * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) data[i++] = (7 * x + 13 * y + 29 * c + 41 * p) % 251;
    }
  }
  return { width, height, channels, data };
}

for (const [name, type] of Object.entries({
  uint8: Uint8Array,
  uint16: Uint16Array,
  float32: Float32Array,
})) {
  for (const [channels, pages] of [
    [1, 1],
    [1, 3],
    [3, 1],
    [3, 2],
    [2, 1],
  ]) {
    const stack = Array.from({ length: pages }, (_, p) => page(type, channels, p));
    await writeImage(`${folder}/${name}-${channels}-${pages}.tif`, stack);
  }
}
for (const [name, first] of [
  ["uint8", 0],
  ["uint16", 1000],
  ["int32", 100_000],
  ["int32", -1],
]) {
  const stack = [0, 1].map((p) => page(Int32Array, 1, p));
  stack[0].data[0] = first;
  await writeLabels(`${folder}/${name}-1-2-labels${first}.tif`, stack);
}
await writeImage(`${folder}/uint8-1-1.png`, page(Uint8Array, 1, 0));
await writeImage(`${folder}/uint8-3-1.png`, page(Uint8Array, 3, 0));
await writeImage(`${folder}/uint16-1-1.png`, page(Uint16Array, 1, 0));
