import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/** Where the pixels of an enlarged map lie in the map that it is made of. */
export type UpsamplingCoordinates = "corners" | "half-pixel";

/** What a {@link BilinearUpsampling} is made with. */
export interface BilinearUpsamplingConfig {
  name?: string;
  /**
   * `"corners"`: the outermost pixels lie on each other (PyTorch's `align_corners=True`), so that every pixel depends on
   * the size of the map. `"half-pixel"`: pixels are squares, as PyTorch has it by default.
   */
  coordinates: UpsamplingCoordinates;
}

/**
 * Doubles height and width by bilinear interpolation as other frameworks place the pixels; TensorFlow.js's own
 * `UpSampling2D` puts output 2k on input k. `loadModel` opens models that have it; plain TensorFlow.js does where this
 * class is registered (`tf.serialization.registerClass`).
 */
export class BilinearUpsampling extends layers.Layer {
  static readonly className = "BilinearUpsampling";
  readonly coordinates: UpsamplingCoordinates;

  constructor({ name, coordinates }: BilinearUpsamplingConfig) {
    super({ name });
    if (coordinates !== "corners" && coordinates !== "half-pixel") {
      throw new RangeError(
        `BilinearUpsampling: coordinates must be "corners" or "half-pixel", got "${String(coordinates)}"`,
      );
    }
    this.coordinates = coordinates;
  }

  override getClassName(): string {
    return BilinearUpsampling.className;
  }

  override getConfig() {
    return { ...super.getConfig(), coordinates: this.coordinates };
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    const [batch, height, width, channels] = inputShape as (number | null)[];
    return [batch, height && 2 * height, width && 2 * width, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const maps = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const [, height, width] = maps.shape;
    const isHalfPixel = this.coordinates === "half-pixel";
    return tf.image.resizeBilinear(maps, [2 * height, 2 * width], !isHalfPixel, isHalfPixel);
  }
}
