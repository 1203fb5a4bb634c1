import type { ModelMetadata } from "@unet/model";
import { defaultClassNames } from "../config/rims.js";
import type { TrainingResult, TrainOptions } from "../train-options.js";

/** Writes into the model's metadata how it was trained and what it is for. */
export function describeModel(
  { model, config, steps, history, classWeights, validation }: TrainingResult,
  { seed = 0, samples }: TrainOptions,
): void {
  const metadata: Partial<ModelMetadata> = {
    normalisation: config.normalisation,
    classNames: config.classNames ?? defaultClassNames(classWeights.length, config.rims),
    training: { steps, seed, samples: samples.length, loss: history.at(-1)?.loss, validation, config },
  };
  // TensorFlow.js takes plain JSON only, so no undefined fields.
  const plain = JSON.parse(JSON.stringify({ ...metadata, task: config.task }));
  // The task of an earlier training doesn't hold for what was learnt since.
  const { task: _, ...others } = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  model.setUserDefinedMetadata({ ...others, ...plain });
}
