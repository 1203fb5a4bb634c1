import * as tf from "@tensorflow/tfjs-core";
import { optional, Unavailable } from "../errors.js";
import { inNode } from "../names.js";
import type { Candidate, Started } from "./candidate.js";

export const webgl: Candidate = {
  name: "webgl",
  probe,
  async start() {
    const started = await probe();
    // Its packed program for transposed convolutions gives NaN for some sizes.
    tf.env().set("WEBGL_PACK_CONV2DTRANSPOSE", false);
    if (!(await tf.setBackend("webgl"))) throw new Unavailable("WebGL does not start");
    return started;
  },
};

async function probe(): Promise<Started> {
  if (inNode) throw new Unavailable("Node has no WebGL");
  await optional("@tensorflow/tfjs-backend-webgl", () => import("@tensorflow/tfjs-backend-webgl"));
  const version = tf.env().getNumber("WEBGL_VERSION");
  if (version === 0) throw new Unavailable("this browser has no WebGL");
  return { device: `WebGL ${version}` };
}
