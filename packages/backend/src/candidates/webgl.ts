import * as tf from "@tensorflow/tfjs-core";
import { optional, Unavailable } from "../errors.js";
import { inNode } from "../names.js";
import type { Candidate } from "./candidate.js";

export const webgl: Candidate = {
  name: "webgl",
  async start() {
    if (inNode) throw new Unavailable("Node has no WebGL");
    await optional("@tensorflow/tfjs-backend-webgl", () => import("@tensorflow/tfjs-backend-webgl"));
    if (!(await tf.setBackend("webgl"))) throw new Unavailable("this browser has no WebGL");
    return { device: "WebGL" };
  },
};
