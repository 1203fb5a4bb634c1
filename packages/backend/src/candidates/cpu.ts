import * as tf from "@tensorflow/tfjs-core";
import { repairResizeGradients } from "../cpu/resize-gradients.js";
import { unavailable } from "../errors.js";
import type { Candidate } from "./candidate.js";

export const cpu: Candidate = {
  name: "cpu",
  async probe() {
    await load();
    return { device: "plain JavaScript" };
  },
  async start() {
    await load();
    await tf.setBackend("cpu");
    repairResizeGradients("cpu");
    // Else it advertises another backend in Node with its first tensor.
    (tf.backend() as { firstUse?: boolean }).firstUse = false;
    return { device: "plain JavaScript" };
  },
};

async function load(): Promise<void> {
  try {
    await import("@tensorflow/tfjs-backend-cpu");
  } catch (cause) {
    throw unavailable("@tensorflow/tfjs-backend-cpu", cause);
  }
}
