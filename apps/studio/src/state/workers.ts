import type { ComputeMethods } from "../workers/compute-methods.js";
import type { PixelMethods } from "../workers/pixel-methods.js";
import { type Client, connect } from "../workers/rpc.js";
import { backend, notify } from "./store.js";

/** The worker that holds pixels and labels. */
export const pixels: Client<PixelMethods> = connect(
  new Worker(new URL("../workers/pixels.worker.ts", import.meta.url), { type: "module", name: "pixels" }),
  (reason) => notify(`The part that holds the images has stopped: ${reason}`, "error"),
);

let compute: Client<ComputeMethods> | undefined;

/** The worker that computes; it is started when it is first needed, and again after it was ended. */
export function computing(): Client<ComputeMethods> {
  compute ??= connect(
    new Worker(new URL("../workers/compute.worker.ts", import.meta.url), { type: "module", name: "compute" }),
    (reason) => {
      compute = undefined;
      backend.value = { problem: reason };
      notify(`The part that computes has stopped: ${reason}`, "error");
    },
  );
  return compute;
}

/** Ends the worker that computes, with all that it holds; the next call starts another. */
export function endComputing(): void {
  compute?.end();
  compute = undefined;
}
