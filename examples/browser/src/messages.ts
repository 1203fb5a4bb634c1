import type { BackendInfo } from "@unet/backend";

/** What the page asks of the worker. */
export type Request =
  | { type: "train"; steps: number }
  | { type: "stop" }
  /** The next drawn sample. */
  | { type: "sample" }
  /** An image of the user's. */
  | { type: "open"; file: Blob; name: string };

/** What the worker tells the page. */
export type Reply =
  | { type: "ready"; backend: BackendInfo }
  /** A new picture, not segmented yet. */
  | { type: "picture"; name: string; image: ImageData }
  | { type: "step"; step: number; steps: number; loss: number }
  | { type: "tile"; done: number; total: number }
  | {
      type: "segmented";
      outlines: ImageData;
      probability: ImageData;
      cells: number;
      seconds: number;
      iou?: number;
    }
  /** A request has ended: well, stopped or with an error. */
  | { type: "done"; text: string }
  | { type: "failed"; message: string };
