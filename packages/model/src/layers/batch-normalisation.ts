import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  type LayersModel,
  type LayerVariable,
  layers,
  type Shape,
} from "@tensorflow/tfjs-layers";

/** What a {@link BatchNormalisation} is made with. */
export interface BatchNormalisationConfig {
  name?: string;
  /** Added to the variance. */
  epsilon: number;
  /** Share that the moving mean and variance keep at each training step. */
  momentum: number;
}

/**
 * Batch normalisation of the last axis (Ioffe and Szegedy 2015, arXiv:1502.03167): γ·(x − μ)/√(σ² + ε) + β, with mean
 * and variance of the batch in training unless `frozen`, else with their moving averages. It computes what the standard layer of
 * TensorFlow.js does, by the one operation that a backend has for it, if any. It is saved as the standard
 * `BatchNormalization`, so that any TensorFlow.js program opens the file.
 */
export class BatchNormalisation extends layers.Layer {
  static readonly className = "BatchNormalisation";
  readonly epsilon: number;
  readonly momentum: number;
  gamma!: LayerVariable;
  beta!: LayerVariable;
  movingMean!: LayerVariable;
  movingVariance!: LayerVariable;
  /** Whether training takes the moving averages, and leaves them as they are. */
  frozen = false;

  constructor({ name, epsilon, momentum }: BatchNormalisationConfig) {
    super({ name });
    if (!(epsilon > 0 && momentum >= 0 && momentum <= 1)) {
      throw new RangeError(
        `BatchNormalisation: epsilon must be above 0 and momentum 0 to 1, got ${epsilon} and ${momentum}`,
      );
    }
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.supportsMasking = true;
  }

  override getClassName(): string {
    return "BatchNormalization";
  }

  override getConfig() {
    const { epsilon, momentum } = this;
    return { ...super.getConfig(), axis: -1, epsilon, momentum, center: true, scale: true };
  }

  override computeOutputShape<Shape>(inputShape: Shape): Shape {
    return inputShape;
  }

  override build(inputShape: Shape): void {
    const shape = inputShape.slice(-1);
    const add = (name: string, initial: "zeros" | "ones", trainable: boolean) =>
      this.addWeight(name, shape, undefined, initializers[initial](), undefined, trainable);
    this.gamma = add("gamma", "ones", true);
    this.beta = add("beta", "zeros", true);
    this.movingMean = add("moving_mean", "zeros", false);
    this.movingVariance = add("moving_variance", "ones", false);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const [gamma, beta] = [this.gamma.read() as tf.Tensor1D, this.beta.read() as tf.Tensor1D];
    return tf.tidy(() => {
      if (!training || this.frozen) {
        const [mean, variance] = [this.movingMean.read(), this.movingVariance.read()] as tf.Tensor1D[];
        return tf.batchNorm(x, mean, variance, beta, gamma, this.epsilon);
      }
      const { y, mean, variance } = overBatch(x, gamma, beta, this.epsilon);
      this.#follow(this.movingMean, mean);
      this.#follow(this.movingVariance, variance);
      return y;
    });
  }

  #follow(moving: LayerVariable, value: tf.Tensor): void {
    const before = moving.read();
    moving.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - this.momentum)));
  }
}

/**
 * Which layers' batch normalisation takes its moving averages in training, too, and leaves them as they are: that of
 * levels whose weights don't change. Nothing of it is saved.
 */
export function freezeStatistics(model: LayersModel, isFrozen: (layer: string) => boolean): void {
  for (const layer of model.layers) {
    if (layer instanceof BatchNormalisation) layer.frozen = isFrozen(layer.name);
  }
}

interface Normalised {
  y: tf.Tensor4D;
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
}

/** TensorFlow's own operation, which `@unet/backend` adds to its backend. */
const FUSED = "FusedBatchNormV3";

function overBatch(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: number): Normalised {
  if (tf.getKernel(FUSED, tf.getBackend())) {
    const outputs = tf.engine().runKernel(FUSED, { x, scale: gamma, offset: beta }, { epsilon });
    const [y, mean, ofSample] = outputs as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const count = x.size / gamma.size;
    return { y, mean, variance: tf.mul(ofSample, (count - 1) / count) };
  }
  const { mean, variance } = tf.moments(x, [0, 1, 2]) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
  return { y: tf.batchNorm(x, mean, variance, beta, gamma, epsilon), mean, variance };
}
