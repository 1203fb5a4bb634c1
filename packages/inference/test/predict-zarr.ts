/** A program for killed.test.ts: Zarr to Zarr by a small network; prints a line for each tile computed. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { asPredictor, predictTiled, type TileBatch } from "@unet/inference";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { smallUNet } from "./small-unet.js";

const [input, output] = process.argv.slice(2);
await tf.setBackend("cpu");
const source = await zarrSource(input);
const network = asPredictor(smallUNet({ padding: "same", depth: 2 }));
const { width, height } = source;
const tileSize = 32 + 2 * network.geometry.margin;
await predictTiled(
  source,
  {
    ...network,
    // one at a time, so that some are done when the process ends
    maxPixels: tileSize ** 2,
    predict(tiles: TileBatch) {
      for (const { x, y } of tiles.positions) console.log(`computed ${x} ${y}`);
      return network.predict(tiles);
    },
  },
  {
    tileSize,
    normalisation: "z-score",
    sink: await zarrSink(output, { width, height, channels: 2, chunk: 32, run: "killed" }),
  },
);
