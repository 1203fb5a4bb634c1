import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";

/** Crops `pixels` from every side of maps of any size, by standard layers. */
export function cropSides(maps: SymbolicTensor, name: string, pixels: number): SymbolicTensor {
  const sides: [number, number] = [pixels, pixels];
  const cropped = layers.cropping2D({ name, cropping: [sides, sides] }).apply(maps) as SymbolicTensor;
  return new UnknownSize({ name: `${name}.size` }).apply([cropped, cropped]) as SymbolicTensor;
}

/**
 * Hands its first input on, and says that its size is unknown. TensorFlow.js's `Cropping2D` takes the size
 * of maps of unknown size for 0 and answers a negative one, with which nothing can be concatenated; a layer
 * that merges resets that. So this is saved as the mean of the cropped maps and themselves, which changes
 * nothing either, and any TensorFlow.js program opens the file.
 */
export class UnknownSize extends layers.Layer {
  static readonly className = "UnknownSize";

  override getClassName(): string {
    return "Average";
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    const [[batch, , , channels]] = inputShape as (number | null)[][];
    return [batch, null, null, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.clone(Array.isArray(inputs) ? inputs[0] : inputs);
  }
}

/**
 * Lets a model's cropping layers copy maps once: TensorFlow.js's crop rows first and then columns, which copies twice, and
 * pads twice where gradients are taken. Nothing of it is saved.
 */
export function cropOnce(model: LayersModel): void {
  for (const layer of model.layers) {
    if (layer.getClassName() !== "Cropping2D") continue;
    const { cropping, dataFormat } = layer.getConfig();
    if (dataFormat === "channelsFirst") continue;
    const [[top, bottom], [left, right]] = cropping as [[number, number], [number, number]];
    layer.call = (inputs) => {
      const maps = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const [, height, width] = maps.shape;
      return tf.slice(maps, [0, top, left, 0], [-1, height - top - bottom, width - left - right, -1]);
    };
  }
}
