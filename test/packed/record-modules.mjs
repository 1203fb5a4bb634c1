// `node --import ./record-modules.mjs program`: appends the URL of every module that is loaded to the
// file that UNET_MODULES_FILE names.
import { appendFileSync } from "node:fs";
import { register } from "node:module";

register(import.meta.url);

export async function load(url, context, nextLoad) {
  appendFileSync(process.env.UNET_MODULES_FILE, `${url}\n`);
  return nextLoad(url, context);
}
