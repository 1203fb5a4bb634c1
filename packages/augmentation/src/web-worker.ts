// The worker that `tileStream` starts in the browser.
import { serveTiles, transferable } from "./serve-tiles.js";

const serve = serveTiles();
self.onmessage = ({ data }) => {
  const reply = serve(data);
  self.postMessage(reply, { transfer: transferable(reply) });
};
