import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { artifactsOf, type SaveOptions, toArtifacts, WEIGHTS_FILE } from "./artifacts.js";
import { FORMAT_VERSION, type ModelMetadata } from "./metadata.js";

/**
 * Saves a model in the standard TensorFlow.js layout, which plain `tf.loadLayersModel` opens: `model.json`
 * and `weights.bin`.
 *
 * @param target a folder's path (Node; the model appears whole or not at all; one that is there is replaced, and
 *   other files beside it stay), `indexeddb://name`, `localstorage://name`, `downloads://name` or `https://…` (browser), or
 *   an `IOHandler` of your own
 * @param metadata what the file says beside what the model says of itself, and instead of it; the model stays as it is
 * @param options `dtype: "float16"` halves the file
 * @throws RangeError where `dtype` is `"float16"` and a weight is too large for it, naming the weight
 * @throws Error where the folder exists and holds something else than a model
 */
export async function saveModel(
  model: LayersModel,
  target: string | io.IOHandler,
  metadata: Partial<ModelMetadata> = {},
  options: SaveOptions = {},
): Promise<void> {
  const said = { formatVersion: FORMAT_VERSION, ...model.getUserDefinedMetadata(), ...metadata };
  if (typeof target !== "string" || isUrl(target)) {
    const handler = typeof target === "string" ? handlerFor(target) : target;
    if (!handler.save) throw new TypeError("saveModel: the IOHandler has no save()");
    await handler.save(await artifactsOf(model, said, options));
    return;
  }
  const { json, weights } = await toArtifacts(model, said, options);
  await writeModel(target.replace(/^file:\/\//, "").replace(/(.)[\\/]+$/, "$1"), json, weights);
}

function handlerFor(url: string): io.IOHandler {
  const [handler] = io.getSaveHandlers(url);
  if (handler) return handler as io.IOHandler;
  throw new Error(`saveModel: nothing here saves to ${url}; give a folder, an indexeddb or an http(s) URL`);
}

/** Whether `target` names a place that TensorFlow.js has a handler for, and not a folder. */
export function isUrl(target: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(target) && !target.startsWith("file://");
}

/** Makes a new folder of a model, or replaces the model in one; whatever else that holds stays. */
async function writeModel(path: string, json: string, weights: Uint8Array): Promise<void> {
  const { readdir, rm, writeFile } = (await import("@unet/image/node")).fs;
  const { leftoversIn, writeFolder } = await import("@unet/image/node");
  const present: string[] = await readdir(path).catch((error) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR")
      throw new Error(`saveModel: ${path} is a file; give a folder`, { cause: error });
    throw error;
  });
  if (present.includes("model.json")) {
    const before = await weightsBefore(path, present);
    await replaceModel(path, json, weights);
    // Where the last save failed in the middle, or its process was killed.
    for (const file of before) if (file.endsWith(".tmp")) await rm(`${path}/${file}`, { force: true });
    for (const { name, path: left } of await leftoversIn(path)) {
      if (name.startsWith(WEIGHTS_FILE)) await rm(left, { force: true });
    }
    return;
  }
  if (present.length > (await leftoversIn(path)).length) {
    throw new Error(`saveModel: ${path} holds other files; give a new folder, or one that holds a model`);
  }
  await writeFolder(path, async (folder) => {
    await writeFile(`${folder}/model.json`, json);
    await writeFile(`${folder}/${WEIGHTS_FILE}`, weights);
  });
}

/**
 * The files of the weights that a folder's model has.
 *
 * @throws Error where `model.json` is not a model's, or `weights.bin` not that model's
 */
async function weightsBefore(path: string, present: string[]): Promise<string[]> {
  const { readFile } = (await import("@unet/image/node")).fs;
  const manifest = parse(await readFile(`${path}/model.json`, "utf8"));
  // A damaged one says nothing, and is replaced.
  if (manifest === undefined) return [];
  const groups = manifest?.weightsManifest as Array<{ paths?: string[] }> | undefined;
  if (!Array.isArray(groups)) {
    throw new Error(`saveModel: ${path}/model.json is no model of TensorFlow.js; give a new folder`);
  }
  const files = groups.flatMap(({ paths }) => paths ?? []);
  const own = files.filter(
    (file) => file === WEIGHTS_FILE || (file.startsWith(`${WEIGHTS_FILE}.unet-`) && !/[\\/]/.test(file)),
  );
  if (present.includes(WEIGHTS_FILE) && own.length === 0) {
    throw new Error(`saveModel: ${path} holds a ${WEIGHTS_FILE} that is not its model's; give a new folder`);
  }
  return own;
}

function parse(json: string): { weightsManifest?: unknown } | null | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * Replaces the two files of a model so that whatever ends the process, `model.json` names weights that are its own:
 * the new ones have a name of their own until they can take that of the old.
 */
async function replaceModel(folder: string, json: string, weights: Uint8Array): Promise<void> {
  const { rm } = (await import("@unet/image/node")).fs;
  const { temporaryFor, writeWhole } = await import("@unet/image/node");
  const passing = temporaryFor(`${folder}/${WEIGHTS_FILE}`);
  try {
    await writeWhole(passing, weights);
    await writeWhole(`${folder}/model.json`, withWeightsIn(json, passing.split(/[\\/]/).at(-1)!));
  } catch (error) {
    await rm(passing, { force: true });
    throw error;
  }
  await writeWhole(`${folder}/${WEIGHTS_FILE}`, weights);
  await writeWhole(`${folder}/model.json`, json);
  await rm(passing);
}

function withWeightsIn(json: string, file: string): string {
  const manifest = JSON.parse(json);
  manifest.weightsManifest[0].paths = [file];
  return JSON.stringify(manifest);
}
