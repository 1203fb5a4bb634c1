// The worker that `tileStream` starts in the browser.
import { READY, serveTiles, transferable } from "./serve-tiles.js";

const serve = serveTiles();
self.onmessage = ({ data }) => {
  const reply = serve(data);
  self.postMessage(reply, { transfer: transferable(reply) });
};
self.postMessage(READY);
