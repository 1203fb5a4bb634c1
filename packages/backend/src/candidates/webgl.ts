import * as tf from "@tensorflow/tfjs-core";
import { Unavailable, unavailable } from "../errors.js";
import { inNode } from "../names.js";
import type { Candidate, Started } from "./candidate.js";

export const webgl: Candidate = {
  name: "webgl",
  probe,
  async start(asked) {
    const started = await probe();
    if (!asked && started.notes) throw new Unavailable(`${started.notes[0]} (${started.device})`);
    // Its packed program for transposed convolutions gives NaN for some sizes.
    tf.env().set("WEBGL_PACK_CONV2DTRANSPOSE", false);
    if (!(await tf.setBackend("webgl"))) throw new Unavailable("WebGL does not start");
    return started;
  },
};

async function probe(): Promise<Started> {
  if (inNode) throw new Unavailable("Node has no WebGL");
  try {
    await import("@tensorflow/tfjs-backend-webgl");
  } catch (cause) {
    throw unavailable("@tensorflow/tfjs-backend-webgl", cause);
  }
  const version = tf.env().getNumber("WEBGL_VERSION");
  if (version === 0) throw new Unavailable("this browser has no WebGL");
  const renderer = rendererOf(version);
  const device = `WebGL ${version}${renderer ? `, ${renderer}` : ""}`;
  const software = /swiftshader|llvmpipe|software|basic render/i.test(renderer);
  return software ? { device, notes: ["only a software renderer was found"] } : { device };
}

/** What draws, as far as the browser tells. */
function rendererOf(version: number): string {
  if (typeof OffscreenCanvas === "undefined") return "";
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext(version === 2 ? "webgl2" : "webgl") as WebGLRenderingContext | null;
  const names = context?.getExtension("WEBGL_debug_renderer_info");
  return names ? String(context?.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "";
}
