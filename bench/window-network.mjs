import * as tf from "@tensorflow/tfjs-core";
import { normal, randomAt } from "@unet/image";

/**
 * A network that classifies the middle pixel of a window, as Ciresan et al. 2012 have it: convolutions of 4 × 4 or
 * 5 × 5 and max-pooling by turns until a few pixels are left, then 200 neurons, then the classes.
 */
export class WindowNetwork {
  /** `[kernel, bias]` of each layer; the neurons, too, are a convolution, of all pixels that are left. */
  layers = [];

  constructor({ window, maps, seed }) {
    this.window = window;
    let [size, channels] = [window, 1];
    while (size >= 8) {
      const kernel = size % 2 === 0 ? 5 : 4;
      this.#add(kernel, channels, maps, seed);
      size = (size - kernel + 1) >> 1;
      channels = maps;
    }
    this.pooled = this.layers.length;
    this.#add(size, channels, 200, seed);
    this.#add(1, 200, 2, seed);
  }

  get variables() {
    return this.layers.flat();
  }

  /** Logits `[batch, 1, 1, 2]` of windows `[batch, window, window, 1]`, one after another as the paper beat it. */
  classify(windows) {
    return this.#apply(windows, { dense: false });
  }

  /**
   * Logits `[1, height − window + 1, width − window + 1, 2]` of every window of an image `[1, height, width, 1]`: the
   * same numbers, with what neighbouring windows share computed once (pooling without steps, dilated convolutions).
   */
  classifyAll(image) {
    return this.#apply(image, { dense: true });
  }

  dispose() {
    tf.dispose(this.variables);
  }

  #apply(values, { dense }) {
    return tf.tidy(() => {
      let apart = 1;
      for (const [index, [kernel, bias]] of this.layers.entries()) {
        values = tf.add(tf.conv2d(values, kernel, 1, "valid", "NHWC", apart), bias);
        if (index < this.layers.length - 1) values = tf.relu(values);
        if (index >= this.pooled) continue;
        values = dense ? poolApart(values, apart) : tf.maxPool(values, 2, 2, "valid");
        if (dense) apart *= 2;
      }
      return values;
    });
  }

  #add(size, inputs, outputs, seed) {
    const gaussian = normal(randomAt(seed, "window weights", this.layers.length));
    const shape = [size, size, inputs, outputs];
    const spread = Math.sqrt(2 / (size * size * inputs));
    const values = Float32Array.from({ length: size * size * inputs * outputs }, () => spread * gaussian());
    this.layers.push([tf.variable(tf.tensor(values, shape)), tf.variable(tf.zeros([outputs]))]);
  }
}

/** The largest of each pixel and those `apart` below and to the right. */
function poolApart(values, apart) {
  for (const axis of [1, 2]) {
    const from = (start) => [0, 0, 0, 0].with(axis, start);
    const size = values.shape.with(axis, values.shape[axis] - apart);
    values = tf.maximum(tf.slice(values, from(0), size), tf.slice(values, from(apart), size));
  }
  return values;
}
