import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Predictor, predictTiled, type TileSink } from "@unet/inference";
import { tiffSink } from "@unet/inference/tiff";
import { zarrSink } from "@unet/inference/zarr";
import type { Input } from "./inputs.js";
import { channelOf } from "./prediction.js";
import { tileProgress } from "./progress.js";

interface StreamOptions {
  /** What the image is called. */
  name: string;
  /** The class whose probabilities are written. */
  class: number;
  /** See {@link fingerprint}. */
  run: string;
  tile?: number;
  memory?: number;
  signal: AbortSignal;
  json?: boolean;
}

/** Scores an image of any size into a TIFF or a Zarr, tile by tile; a Zarr that was interrupted is taken up again. */
export async function streamScores(
  input: Input,
  target: string,
  predictor: Predictor,
  { name, class: channel, run, tile, memory, signal, json }: StreamOptions,
): Promise<{ width: number; height: number }> {
  const { image, close } = await input.open(0);
  const progress = json ? undefined : tileProgress(name);
  const { width, height } = image;
  try {
    const size = { width, height, channels: 1 };
    const file =
      extname(target) === ".zarr"
        ? await zarrSink(target, { ...size, run, chunk: 256 })
        : await tiffSink(target, size);
    const sink: TileSink = {
      ...file,
      write: (rect, scores) => file.write(rect, channelOf(scores, channel)),
    };
    const onProgress = progress?.onProgress;
    await predictTiled(image, predictor, { tileSize: tile, memory, signal, sink, onProgress });
    return { width, height };
  } finally {
    progress?.stop();
    await close();
  }
}

/** What scores depend on: a run that was interrupted is taken up only where all of it is the same. */
export function fingerprint(
  model: LayersModel,
  path: string,
  {
    class: channel,
    tile,
    memory,
    tta,
    backend,
  }: { class: number; tile?: number; memory?: number; tta: unknown; backend: string },
): string {
  const hash = createHash("sha256");
  for (const weights of model.getWeights()) hash.update(new Uint8Array(weights.dataSync().buffer));
  hash.update(JSON.stringify(model.getUserDefinedMetadata() ?? {}));
  const changed = existsSync(path) ? statSync(path).mtimeMs : 0;
  hash.update(JSON.stringify([resolve(path), changed, channel, tile, memory, tta, backend]));
  return hash.digest("hex");
}
