// `store-outputs.ts FOLDER`, run on the sources by Vite: writes scores and labels with each sink, as `test/fixtures/stored` has
// them. Those in there were written by the code of commit 42fda1a and stay as they are; a later format gets names of
// its own.
import type { Rect } from "@unet/image";
import { tiffLabelSink, tiffSink } from "@unet/inference/tiff";
import { zarrLabelSink, zarrSink } from "@unet/inference/zarr";
import { storedLabels, storedScores } from "./stored-outputs.js";

const folder = process.argv.at(-1);
const { width, height, channels } = storedScores;
const size = { width, height };

for (const sink of [
  await tiffSink(`${folder}/scores.tif`, { ...size, channels, tile: 16 }),
  await zarrSink(`${folder}/scores.zarr`, { ...size, channels, chunk: 16, run: "a run" }),
  await zarrSink(`${folder}/scores-zstd.zarr`, { ...size, channels, chunk: 16, compression: "zstd" }),
]) {
  for (let y = 0; y < height; y += 16) {
    for (let x = 0; x < width; x += 16) {
      const rect = { x, y, width: Math.min(16, width - x), height: Math.min(16, height - y) };
      await sink.write(rect, { ...rect, channels, data: cut(storedScores.data, rect, channels) });
    }
  }
  await sink.close?.(true);
}

for (const sink of [
  await tiffLabelSink(`${folder}/labels.tif`, { ...size, tile: 16 }),
  await zarrLabelSink(`${folder}/labels.zarr`, { ...size, chunk: 16 }),
]) {
  for (let y = 0; y < height; y += 16) {
    const rect = { x: 0, y, width, height: Math.min(16, height - y) };
    await sink.write(rect, { ...rect, data: cut(storedLabels.data, rect, 1) }, storedScores);
  }
  await sink.close?.(true);
}

/** The part of the whole image's `data` that lies in `rect`. */
function cut<T extends Float32Array | Int32Array>(data: T, rect: Rect, channels: number): T {
  const inside = (i: number) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
  };
  return data.filter((_, i) => inside(i)) as T;
}
