import { syntheticCells } from "@unet/datasets";
import { connectedComponents, type Image, type LabelImage, type Sample } from "@unet/image";
import { labelInstances, predictTiled } from "@unet/inference";
import { iou, otsuThreshold, segMeasure } from "@unet/metrics";
import { createUNet } from "@unet/model";
import { prepareSamples, type TrainingResult, train } from "@unet/training";
import { channelOf } from "../evaluate/prediction.js";
import { Progress, trainingProgress } from "../progress.js";

/**
 * The paper's recipe at a size that a laptop without a GPU trains in about three minutes. Training and
 * held-out images come from different seeds.
 */
export const demoSettings = {
  trainingImages: 16,
  heldOutImages: 4,
  seed: 2015,
  heldOutSeed: 1505,
  model: { filters: 8, depth: 3, dropout: 0.2 },
  steps: 800,
  tileSize: 188,
  learningRate: 0.02,
  momentum: 0.9,
  minimumSize: 40,
};

/** Foreground IoU, and the Cell Tracking Challenge's SEG. */
interface Scores {
  iou: number;
  seg: number;
}

/** A held-out image with its truth and what was made of it. */
export interface Segmented {
  sample: Sample;
  weights: Image<Float32Array>;
  /** Probability of cell. */
  probability: Image<Float32Array>;
  instances: LabelImage;
  otsu: LabelImage;
}

export interface DemoResult {
  training: TrainingResult;
  parameters: number;
  heldOut: Segmented[];
  ours: Scores;
  /** Otsu's threshold and connected components, on the same images. */
  otsu: Scores;
  seconds: { training: number; segmentation: number; total: number };
}

/** Trains, segments and measures, with a live bar on standard error unless `quiet`. */
export async function runDemo(options: {
  steps: number;
  quiet?: boolean;
  signal?: AbortSignal;
}): Promise<DemoResult> {
  const { steps, quiet, signal } = options;
  const { seed, trainingImages, heldOutImages, heldOutSeed, tileSize, learningRate, momentum } = demoSettings;
  const began = performance.now();
  const model = createUNet({ ...demoSettings.model, seed });
  const progress = trainingProgress();
  try {
    const training = await train({
      model,
      samples: syntheticCells({ count: trainingImages, seed }),
      config: { steps, tileSize, learningRate, momentum, classNames: ["background", "cell"] },
      seed,
      signal,
      onEvent: quiet ? undefined : progress.onEvent,
    });
    progress.stop();
    const trained = performance.now();

    const samples = syntheticCells({ count: heldOutImages, seed: heldOutSeed });
    const prepared = await prepareSamples(samples, {
      ...training.config,
      channels: 1,
      classes: 2,
      classWeights: training.classWeights,
    });
    const bar = quiet ? undefined : new Progress("segmenting", heldOutImages, "images");
    const heldOut: Segmented[] = [];
    for (let index = 0; index < heldOutImages; index++) {
      const sample = await samples.get(index);
      const scores = await predictTiled(sample.image, model, { signal });
      const { minimumSize } = demoSettings;
      heldOut.push({
        sample,
        weights: (await prepared.get(index)).weights,
        probability: channelOf(scores, 1),
        instances: labelInstances(scores, { minimumSize, fillHoles: true, watershed: true }),
        otsu: otsuComponents(sample.image),
      });
      bar?.update(heldOut.length);
    }
    bar?.stop();
    const ended = performance.now();
    return {
      training,
      parameters: model.countParams(),
      heldOut,
      ours: score(heldOut, ({ instances }) => instances),
      otsu: score(heldOut, ({ otsu }) => otsu),
      seconds: {
        training: (trained - began) / 1000,
        segmentation: (ended - trained) / 1000,
        total: (ended - began) / 1000,
      },
    };
  } finally {
    progress.stop();
    model.dispose();
  }
}

function score(heldOut: Segmented[], predictionOf: (segmented: Segmented) => LabelImage): Scores {
  const predictions = heldOut.map(predictionOf);
  const truths = heldOut.map(({ sample }) => sample.labels);
  return { iou: iou(predictions, truths), seg: segMeasure(predictions, truths).score };
}

/**
 * What one gets without a network: a global threshold, then components. Cells of phase contrast are darker
 * than what is around them, so of the two sides of the threshold the dark one is the better baseline.
 */
function otsuComponents(image: Image): LabelImage {
  const threshold = otsuThreshold(image);
  const below = Int32Array.from(image.data, (value) => (value <= threshold ? 1 : 0));
  return connectedComponents({ width: image.width, height: image.height, data: below });
}
