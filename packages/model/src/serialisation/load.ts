import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelFormatError } from "../errors.js";
import { fromArtifacts, joined } from "./artifacts.js";
import { assertBytes, parseManifest } from "./manifest.js";
import { type ModelFiles, modelFolder, servedModel } from "./model-files.js";
import { isUrl } from "./save.js";

/**
 * Opens a model that {@link saveModel} saved, or any TensorFlow.js layers model; an optimiser that was saved with it is
 * left out. Nothing is believed that a file says of itself: weights lie in the folder of `model.json`, have the sizes
 * that it describes, and the checksum where it has one, as all models of {@link saveModel} since version 0.1 do.
 *
 * @param source a folder's path or that of its `model.json` (Node), `http(s)://…/model.json`,
 *   `indexeddb://name`, `localstorage://name`, or an `IOHandler`
 * @throws ModelFormatError that says what is missing, damaged or too new
 */
export async function loadModel(source: string | io.IOHandler): Promise<LayersModel> {
  if (typeof source === "string") {
    if (!isUrl(source)) return fromFiles(await modelFolder(source.replace(/^file:\/\//, "")));
    if (/^https?:/i.test(source)) return fromFiles(servedModel(source));
  }
  const [handler, where] =
    typeof source === "string" ? [handlerFor(source), source] : [source, "the IOHandler"];
  if (!handler.load) throw new ModelFormatError("loadModel: the IOHandler has no load()");
  let artifacts: io.ModelArtifacts;
  try {
    artifacts = await handler.load();
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : cause;
    throw new ModelFormatError(`loadModel: ${where} holds no model that can be read (${problem})`, { cause });
  }
  return fromLoaded(artifacts, where);
}

function handlerFor(url: string): io.IOHandler {
  const [handler] = io.getLoadHandlers(url);
  if (handler) return handler as io.IOHandler;
  throw new ModelFormatError(
    `loadModel: nothing here opens ${url}; give a folder, an http(s) or an indexeddb URL`,
  );
}

async function fromFiles(files: ModelFiles): Promise<LayersModel> {
  const { where } = files;
  const manifest = parseManifest(await files.readJson(), where);
  return fromArtifacts(manifest, await files.readWeights(manifest), where);
}

async function fromLoaded(artifacts: io.ModelArtifacts, where: string): Promise<LayersModel> {
  const { weightData = new ArrayBuffer(0), weightSpecs: weights = [], ...rest } = artifacts ?? {};
  let json: string;
  try {
    json = JSON.stringify({ ...rest, weightsManifest: [{ paths: [], weights }] });
  } catch (cause) {
    throw new ModelFormatError(`${where}: what was loaded is no JSON`, { cause });
  }
  const manifest = parseManifest(json, where);
  const parts = Array.isArray(weightData) ? weightData : [weightData];
  if (!parts.every((part) => part instanceof ArrayBuffer)) {
    throw new ModelFormatError(`${where}: the weightData is no ArrayBuffer, nor a list of them`);
  }
  assertBytes(
    parts.reduce((sum, part) => sum + part.byteLength, 0),
    manifest,
    where,
  );
  return fromArtifacts(manifest, joined(weightData), where);
}
