import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Activation, activate } from "../network/activation.js";
import { asPredictor } from "../network/as-predictor.js";
import type { OnnxNetwork } from "../network/onnx.js";
import type { Predictor, TileBatch } from "../network/predictor.js";
import { withoutSymmetries } from "./without-symmetries.js";

/** Options of {@link withSymmetries} and {@link withRotations}. */
export interface AugmentationOptions {
  /** What makes the scores that are averaged, see `predictTiled`. Default `"softmax"`. */
  activation?: Activation;
}

/**
 * Test-time augmentation by the 8 symmetries of the square: each tile is scored turned and mirrored in all
 * ways, and the scores are put back and averaged. Tiles stay exact: the result equals that of the whole.
 */
export function withSymmetries(
  network: LayersModel | OnnxNetwork | Predictor,
  { activation = "softmax" }: AugmentationOptions = {},
): Predictor {
  const inner = asPredictor(network);
  const { geometry, channels, classes, bytesPerPixel = 3000 } = inner;
  return {
    ...inner,
    gives: "scores",
    task: withoutSymmetries(inner.task),
    bytesPerPixel: bytesPerPixel + 4 * (channels + 2 * classes),
    async predict(tiles) {
      const { count } = tiles;
      const [width, height] = [geometry.outputSize(tiles.width), geometry.outputSize(tiles.height)];
      const mean = new Float32Array(count * width * height * classes);
      for (let symmetry = 0; symmetry < 8; symmetry++) {
        const data = await inner.predict(turned(tiles, symmetry));
        if (inner.gives !== "scores") activate(data, classes, activation);
        const way = wayOf(symmetry, width, height);
        for (let n = 0, to = 0; n < count; n++) {
          const first = n * width * height + way.first;
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const from = (first + y * way.down + x * way.right) * classes;
              for (let c = 0; c < classes; c++) mean[to++] += data[from + c] / 8;
            }
          }
        }
      }
      return mean;
    },
  };
}

/** Where the pixels of an image lie in its turned one: at `first` + y · `down` + x · `right`. */
interface Way {
  first: number;
  down: number;
  right: number;
}

/** @param symmetry bit 0 mirrors x, bit 1 mirrors y, bit 2 then exchanges them */
function wayOf(symmetry: number, width: number, height: number): Way {
  const [acrossStep, downStep] = symmetry & 4 ? [height, 1] : [1, width];
  const right = symmetry & 1 ? -acrossStep : acrossStep;
  const down = symmetry & 2 ? -downStep : downStep;
  const first = (symmetry & 1 ? (width - 1) * acrossStep : 0) + (symmetry & 2 ? (height - 1) * downStep : 0);
  return { first, down, right };
}

function turned({ count, width, height, channels, data, positions }: TileBatch, symmetry: number): TileBatch {
  const way = wayOf(symmetry, width, height);
  const out = new Float32Array(data.length);
  for (let n = 0, from = 0; n < count; n++) {
    const first = n * width * height + way.first;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const to = (first + y * way.down + x * way.right) * channels;
        for (let c = 0; c < channels; c++) out[to + c] = data[from++];
      }
    }
  }
  const swapped = (symmetry & 4) !== 0;
  return {
    count,
    channels,
    data: out,
    width: swapped ? height : width,
    height: swapped ? width : height,
    // Of the whole plane turned in the same way.
    positions: positions.map((position) => {
      const x = symmetry & 1 ? -position.x - width : position.x;
      const y = symmetry & 2 ? -position.y - height : position.y;
      return swapped ? { x: y, y: x } : { x, y };
    }),
  };
}
