import type { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { toArtifacts, WEIGHTS_FILE } from "./artifacts.js";
import { FORMAT_VERSION, type ModelMetadata } from "./metadata.js";

/**
 * Saves a model in the standard TensorFlow.js layout, which plain `tf.loadLayersModel` opens: `model.json`
 * and `weights.bin`.
 *
 * @param target a folder's path (Node; the folder appears whole or not at all, and one that holds a model
 *   is replaced), `indexeddb://name`, `localstorage://name`, `downloads://name` or `https://…` (browser), or
 *   an `IOHandler` of your own
 * @param metadata is merged into what the model already says of itself
 * @throws Error where the folder exists and holds something else than a model
 */
export async function saveModel(
  model: LayersModel,
  target: string | io.IOHandler,
  metadata: Partial<ModelMetadata> = {},
): Promise<void> {
  model.setUserDefinedMetadata({
    formatVersion: FORMAT_VERSION,
    ...model.getUserDefinedMetadata(),
    ...metadata,
  });
  if (typeof target !== "string" || isUrl(target)) {
    await model.save(target);
    return;
  }
  const { json, weights } = await toArtifacts(model);
  await replaceFolder(target.replace(/^file:\/\//, "").replace(/(.)[\\/]+$/, "$1"), {
    "model.json": json,
    [WEIGHTS_FILE]: weights,
  });
}

/** Whether `target` names a place that TensorFlow.js has a handler for, and not a folder. */
export function isUrl(target: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(target) && !target.startsWith("file://");
}

/** Writes the files into a new folder beside `path`, then puts it in its place. */
async function replaceFolder(path: string, files: Record<string, string | Uint8Array>): Promise<void> {
  const { mkdir, readdir, rename, rm, writeFile } = await import("node:fs/promises");
  const present: string[] = await readdir(path).catch((error) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR")
      throw new Error(`saveModel: ${path} is a file; give a folder`, { cause: error });
    throw error;
  });
  if (present.length > 0 && !present.includes("model.json")) {
    throw new Error(`saveModel: ${path} holds other files; give a new folder, or one that holds a model`);
  }
  const suffix = crypto.randomUUID().slice(0, 8);
  const fresh = `${path}.${suffix}.tmp`;
  const old = `${path}.${suffix}.old`;
  await mkdir(fresh, { recursive: true });
  try {
    for (const [name, content] of Object.entries(files)) {
      // On the disk before it takes the place of what was there.
      await writeFile(`${fresh}/${name}`, content, { flush: true });
    }
    if (present.length > 0) await rename(path, old);
    await rename(fresh, path).catch(async (error) => {
      if (present.length > 0) await rename(old, path);
      throw error;
    });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
