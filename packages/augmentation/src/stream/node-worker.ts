// The thread that `tileStream` starts in Node.
import { type MessagePort, parentPort } from "node:worker_threads";
import { READY, serveTiles, transferable } from "./serve-tiles.js";

const port = parentPort as MessagePort;
const serve = serveTiles();
port.on("message", (request) => {
  const reply = serve(request);
  port.postMessage(reply, transferable(reply));
});
port.postMessage(READY);
