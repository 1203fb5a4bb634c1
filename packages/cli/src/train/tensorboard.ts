import * as tf from "@tensorflow/tfjs-core";
import type { TrainingEvent } from "@unet/training";
import { UsageError } from "../messages/errors.js";

/** The part of tfjs-node's backend that writes TensorBoard's event files. */
interface SummaryBackend extends tf.KernelBackend {
  summaryWriter(shared: string): tf.Tensor;
  createSummaryFileWriter(writer: tf.Tensor, folder: string): void;
  writeScalarSummary(writer: tf.Tensor, step: number, name: string, value: number): void;
  flushSummaryWriter(writer: tf.Tensor): void;
}

/**
 * A listener that writes loss, length of the gradient, rate and validation to event files in `folder`, for
 * `tensorboard --logdir`, by the writer that native TensorFlow has. A resumed run adds a file.
 *
 * @throws UsageError on another backend, which has no such writer
 */
export function recordForTensorBoard(folder: string): (event: TrainingEvent) => void {
  if (tf.getBackend() !== "tensorflow") {
    throw new UsageError(
      `--tensorboard needs the backend tensorflow, which writes its files; this run is on ${tf.getBackend()}`,
    );
  }
  const backend = tf.backend() as SummaryBackend;
  const writer = backend.summaryWriter(folder);
  tf.tidy(() => backend.createSummaryFileWriter(writer, folder));
  const write = (step: number, values: Record<string, number>) => {
    for (const [name, value] of Object.entries(values)) backend.writeScalarSummary(writer, step, name, value);
  };
  return (event) => {
    if (event.type === "step") {
      const { step, loss, gradientNorm, rate } = event;
      write(step, { loss, "gradient norm": gradientNorm, "learning rate": rate });
      if (step < event.steps) return;
    } else if (event.type === "validation") {
      const { step, loss, measure, value } = event;
      write(step, { "validation/loss": loss, [`validation/${measure}`]: value });
    }
    backend.flushSummaryWriter(writer);
  };
}
