import { io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { fromArtifacts, ModelFormatError } from "./artifacts.js";
import { isUrl } from "./save.js";

/**
 * Opens a model that {@link saveModel} saved, or any TensorFlow.js layers model.
 *
 * @param source a folder's path or that of its `model.json` (Node), `http(s)://…/model.json`,
 *   `indexeddb://name`, `localstorage://name`, or an `IOHandler`
 * @throws ModelFormatError that says what is missing, damaged or too new
 */
export async function loadModel(source: string | io.IOHandler): Promise<LayersModel> {
  if (typeof source === "string" && !isUrl(source)) return loadFolder(source.replace(/^file:\/\//, ""));
  const [handler, where] =
    typeof source === "string" ? [handlerFor(source), source] : [source, "the IOHandler"];
  if (!handler.load) throw new ModelFormatError("loadModel: the IOHandler has no load()");
  const artifacts = await handler.load().catch((cause) => {
    throw new ModelFormatError(`loadModel: ${where} holds no model that can be read (${cause.message})`, {
      cause,
    });
  });
  return fromLoaded(artifacts, where);
}

function handlerFor(url: string): io.IOHandler {
  const [handler] = io.getLoadHandlers(url);
  if (handler) return handler as io.IOHandler;
  if (/^https?:/.test(url)) return io.http(url);
  throw new ModelFormatError(
    `loadModel: nothing here opens ${url}; give a folder, an http(s) or an indexeddb URL`,
  );
}

async function fromLoaded(artifacts: io.ModelArtifacts, where: string): Promise<LayersModel> {
  const { weightData, weightSpecs, ...rest } = artifacts;
  if (!weightData || !weightSpecs) return loadLayersModel(io.fromMemory(artifacts));
  const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
  const json = JSON.stringify({ ...rest, weightsManifest: [{ paths: [], weights: weightSpecs }] });
  return fromArtifacts(json, weights, where);
}

async function loadFolder(path: string): Promise<LayersModel> {
  const { readFile } = (await import("@unet/image/node")).fs;
  const folder = path.replace(/[\\/]?model\.json$/, "") || ".";
  const read = (name: string) =>
    readFile(`${folder}/${name}`).catch((cause) => {
      const problem = cause.code === "ENOENT" ? `${folder} holds no ${name}` : cause.message;
      throw new ModelFormatError(`loadModel: ${problem}; give the folder that saveModel wrote`, { cause });
    });
  const json = (await read("model.json")).toString("utf8");
  const files = await Promise.all(weightFiles(json).map(read));
  return fromArtifacts(json, new Uint8Array(Buffer.concat(files)), folder);
}

/** The files of weights that a `model.json` names, in order; damage is reported when it is opened. */
function weightFiles(json: string): string[] {
  try {
    return (JSON.parse(json) as io.ModelJSON).weightsManifest.flatMap(({ paths }) => paths);
  } catch {
    return [];
  }
}
