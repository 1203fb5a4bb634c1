import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { normal, randomAt } from "@unet/image";

/**
 * Draws the kernels of all convolutions from a normal distribution of standard deviation √(2/N), where N is
 * the number of incoming connections of one neuron (section 3; He et al. 2015): 9·C for 3×3 over C channels,
 * C for 1×1 and for the 2×2 up-convolution of stride 2, of which one tap reaches each output pixel.
 *
 * Each kernel has a stream of its own, named for its layer, so one layer's weights don't depend on what
 * other layers there are. Biases and normalisations stay as they are.
 */
export function initialise(model: LayersModel, seed: number): void {
  for (const layer of model.layers) {
    const transposed = layer.getClassName() === "Conv2DTranspose";
    if (!transposed && layer.getClassName() !== "Conv2D") continue;
    tf.tidy(() => {
      const [kernel, ...others] = layer.getWeights();
      // [height, width, in, out], and [height, width, out, in] where transposed.
      const [height, width, third, fourth] = kernel.shape;
      const incoming = transposed ? fourth : height * width * third;
      const draw = normal(randomAt(seed, `weights/${layer.name}`, 0));
      const deviation = Math.sqrt(2 / incoming);
      const values = new Float32Array(kernel.size);
      for (let i = 0; i < values.length; i++) values[i] = deviation * draw();
      layer.setWeights([tf.tensor(values, kernel.shape), ...others]);
    });
  }
}
