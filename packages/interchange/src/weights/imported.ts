import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Normalisation } from "@unet/image";
import type { ModelMetadata, UNetConfig } from "@unet/model";

/** What a file doesn't say of the network that it holds. */
export interface ImportOptions {
  /** How images are normalised before the network sees them. Default: as the file says, else `"none"`. */
  normalisation?: Normalisation;
  /** The name of each class. Default: as the file says, else `background`, `class 1`, … */
  classNames?: string[];
  /**
   * What of the architecture shapes and names don't tell: `padding`, `variant`, `upsampling`, `dropout`. Names that are
   * known say it themselves; tensors of other names are taken by their order only where this is given.
   */
  architecture?: Partial<UNetConfig>;
}

/** Puts what is known of an imported network into its metadata. */
export function describe(
  model: LayersModel,
  { normalisation, classNames }: ImportOptions,
  said: Partial<ModelMetadata> = {},
): LayersModel {
  const classes = model.outputs[0].shape.at(-1) as number;
  const { architecture } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  const names = Array.from({ length: classes }, (_, i) => (i === 0 ? "background" : `class ${i}`));
  const { training, task } = said;
  model.setUserDefinedMetadata({
    formatVersion: 1,
    ...(architecture && { architecture }),
    normalisation: normalisation ?? said.normalisation ?? "none",
    classNames: classNames ?? said.classNames ?? names,
    ...(training && { training }),
    ...(task && { task }),
  });
  return model;
}
