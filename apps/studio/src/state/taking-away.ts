import { strToU8, zipSync } from "fflate";
import type { FileKind, Wanted } from "../workers/export-files.js";
import { weightsOf } from "./networks.js";
import { current, type Item, items, type Network, notify } from "./store.js";
import { pixels } from "./workers.js";

/** Images that have labels: the one in view, or all. */
export function wanted(scope: "view" | "all"): Wanted[] {
  const chosen = scope === "all" ? items.value : items.value.filter(({ id }) => id === current.value?.id);
  return chosen.map(wantedOf).filter(({ planes }) => planes.length > 0);
}

/** Of a stack that has labels at all every plane, so that they lie as those of the image. */
function wantedOf({ id, name, info, planes }: Item): Wanted {
  const { slices, frames, pixelSize } = info;
  const all = Array.from({ length: slices * frames }, (_, plane) => plane);
  return { id, name, planes: Object.keys(planes).length > 0 ? all : [], slices, frames, pixelSize };
}

/** Makes a file of the labels and hands it to the browser's downloads. */
export async function takeAway(kind: FileKind, scope: "view" | "all"): Promise<void> {
  const images = wanted(scope);
  if (images.length === 0) return;
  try {
    const { name, blob } = await pixels.call("files", { kind, images });
    download(name, blob);
  } catch (error) {
    notify((error as Error).message, "error");
  }
}

/** A network as a zip of the folder that `unet predict` and `loadModel` take. */
export async function takeNetwork(network: Network): Promise<void> {
  const { name } = network;
  const bytes = await weightsOf(network);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const manifest = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  for (const group of manifest.weightsManifest) group.paths = ["weights.bin"];
  const folder = name.replace(/[^\w.]+/g, "-");
  const zip = zipSync({
    [`${folder}/model.json`]: strToU8(JSON.stringify(manifest)),
    [`${folder}/weights.bin`]: [bytes.subarray(4 + length), { level: 0 }],
  });
  download(`${folder}.zip`, new Blob([zip as Uint8Array<ArrayBuffer>], { type: "application/zip" }));
}

/** Hands a file to the browser's downloads. */
export function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
