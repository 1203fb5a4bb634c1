import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Task, taskOf } from "@unet/inference";
import type { ModelMetadata } from "@unet/model";
import { checkTaskOf } from "./check-config.js";
import type { TrainingConfig } from "./config.js";
import type { OwnParts } from "./own.js";
import { resolveConfig } from "./resolve-config.js";
import { assertRims } from "./rims.js";

/**
 * The settings of a run, complete, and checked against each other and the model: nobody after it needs to check them. What
 * is left out follows from how the model was trained before, where it was, else from the defaults.
 *
 * @throws RangeError that names a field, what it was given and what would be right
 */
export function configFor(
  model: LayersModel,
  given: Partial<TrainingConfig> = {},
  own?: OwnParts,
): TrainingConfig {
  const classes = model.outputs[0].shape.at(-1) as number;
  const config = resolveConfig(withDefaultsOf(model, given, classes), own);
  const { task, classWeights } = config;
  if (task) checkTaskOf(task, classes);
  assertRims(config, classes);
  if (classWeights !== "balanced" && classWeights.length !== classes) {
    throw new RangeError(
      `train: config.classWeights has ${classWeights.length} numbers, but the model ${classes} classes`,
    );
  }
  return config;
}

/** The settings, with those of a model that was trained before where they aren't given and fit it. */
function withDefaultsOf(
  model: LayersModel,
  given: Partial<TrainingConfig>,
  classes: number,
): Partial<TrainingConfig> {
  const { training, normalisation } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  if (!training) return given;
  const { rims } = (training.config ?? {}) as Partial<TrainingConfig>;
  return {
    ...given,
    normalisation: given.normalisation ?? normalisation,
    task: given.task ?? taskFitting(model, classes),
    rims: given.rims ?? (rims?.length === classes - 2 && !given.classOf ? rims : undefined),
  };
}

/** The task of a model, without its calibration, which belongs to the old weights; none where the model has a new head. */
function taskFitting(model: LayersModel, classes: number): Task | undefined {
  const { task } = (model.getUserDefinedMetadata() ?? {}) as { task?: Task };
  if (task?.out?.score?.length !== classes) return undefined;
  const { calibration: _, ...fitting } = taskOf(model) as Task;
  return fitting;
}
