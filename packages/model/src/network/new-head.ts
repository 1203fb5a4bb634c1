import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ModelMetadata } from "../serialisation/metadata.js";
import { createUNet } from "./unet.js";

/**
 * A network of the same architecture and weights for other classes: its last layer, `head`, starts anew, drawn
 * from `seed`. The given model stays as it is.
 *
 * @throws RangeError where the model was not made by {@link createUNet}, or `classes` is not possible
 */
export function withNewHead(
  model: LayersModel,
  { classes, seed = 0 }: { classes: number; seed?: number },
): LayersModel {
  const { architecture, ...metadata } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  if (!architecture) {
    throw new RangeError(
      "withNewHead: the model must be one of createUNet, whose metadata say how it is built",
    );
  }
  const renewed = createUNet({ ...architecture, classes, seed });
  for (const layer of model.layers) {
    if (layer.name === "head" || layer.weights.length === 0) continue;
    tf.tidy(() => renewed.getLayer(layer.name).setWeights(layer.getWeights()));
  }
  const { classNames } = renewed.getUserDefinedMetadata() as Partial<ModelMetadata>;
  renewed.setUserDefinedMetadata({ ...renewed.getUserDefinedMetadata(), ...metadata, classNames });
  return renewed;
}
