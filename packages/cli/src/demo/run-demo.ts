import { syntheticCells } from "@unet/datasets";
import { connectedComponents, type Image, type LabelImage, type Sample } from "@unet/image";
import { segment, type Task } from "@unet/inference";
import { iou, otsuThreshold, segMeasure } from "@unet/metrics";
import { createUNet, type UNetConfig } from "@unet/model";
import { calibrate, prepareSamples, recipeFor, type TrainingResult, train } from "@unet/training";
import { Progress, trainingProgress } from "../messages/progress.js";

/**
 * The recipe for objects, with a network so small that a laptop without a GPU trains it in about a minute; batch
 * normalisation is left out, since it is slow on `wasm`. Training, validation and held-out images come from different seeds.
 */
export const demoSettings = {
  recipe: "instances",
  network: { filters: 8, depth: 3, dropout: 0.2, batchNormalisation: false },
  steps: 500,
  tileSize: 128,
  learningRate: 0.002,
  images: { training: 16, validation: 3, heldOut: 4 },
  seeds: { training: 2015, validation: 1997, heldOut: 1505 },
};

/** Foreground IoU, and the Cell Tracking Challenge's SEG. */
interface Scores {
  iou: number;
  seg: number;
}

/** A held-out image with its truth and what was made of it. */
export interface DemoImage {
  sample: Sample;
  /** The classes that a network learns of such an image: background, interior, rims. */
  classes: LabelImage;
  /** The score of each pixel, 0 … 1: where cells are, falling towards their borders. */
  scores: Image<Float32Array>;
  instances: LabelImage;
  otsu: LabelImage;
}

export interface DemoResult {
  training: TrainingResult;
  network: UNetConfig;
  parameters: number;
  /** How the network is used, chosen on the validation images. */
  task: Task;
  heldOut: DemoImage[];
  ours: Scores;
  /** Otsu's threshold and connected components, on the same images. */
  otsu: Scores;
  seconds: { training: number; segmentation: number; total: number };
}

/** Trains, calibrates, segments and measures, with a live bar on standard error unless `quiet`. */
export async function runDemo(options: {
  steps: number;
  quiet?: boolean;
  signal?: AbortSignal;
}): Promise<DemoResult> {
  const { steps, quiet, signal } = options;
  const { recipe, tileSize, learningRate, images, seeds } = demoSettings;
  const seed = seeds.training;
  const cells = (part: keyof typeof images) => syntheticCells({ count: images[part], seed: seeds[part] });
  const began = performance.now();
  const samples = cells("training");
  const settled = await recipeFor(recipe, {
    samples,
    network: demoSettings.network,
    training: { steps, tileSize, learningRate, classNames: ["background", "cell", "rim", "edge"] },
  });
  const model = createUNet({ ...settled.network, seed });
  const progress = trainingProgress();
  try {
    const onEvent = quiet ? undefined : progress.onEvent;
    const training = await train({ model, samples, config: settled.training, seed, signal, onEvent });
    progress.stop();
    const task = await calibrate({ model, samples: cells("validation"), signal });
    const trained = performance.now();

    const heldOutSamples = cells("heldOut");
    const classes = model.outputs[0].shape.at(-1) as number;
    const prepared = await prepareSamples(heldOutSamples, {
      ...training.config,
      channels: 1,
      classes,
      classWeights: training.classWeights,
    });
    const bar = quiet ? undefined : new Progress("segmenting", images.heldOut, "images");
    const heldOut: DemoImage[] = [];
    for (let index = 0; index < images.heldOut; index++) {
      const sample = await heldOutSamples.get(index);
      const { labels, scores } = await segment(sample.image, model, { task, scores: true, signal });
      heldOut.push({
        sample,
        classes: (await prepared.get(index)).labels,
        scores: scores,
        instances: labels,
        otsu: otsuComponents(sample.image),
      });
      bar?.update(heldOut.length);
    }
    bar?.stop();
    const ended = performance.now();
    return {
      training,
      network: (model.getUserDefinedMetadata() as { architecture: UNetConfig }).architecture,
      parameters: model.countParams(),
      task,
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

function score(heldOut: DemoImage[], predictionOf: (segmented: DemoImage) => LabelImage): Scores {
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
