import * as tf from "@tensorflow/tfjs-core";
import { optional } from "../errors.js";
import type { Candidate } from "./candidate.js";

export const cpu: Candidate = {
  name: "cpu",
  async start() {
    await optional("@tensorflow/tfjs-backend-cpu", () => import("@tensorflow/tfjs-backend-cpu"));
    await tf.setBackend("cpu");
    return { device: "plain JavaScript" };
  },
};
