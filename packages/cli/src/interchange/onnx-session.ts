import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { networkChecksum, type OnnxNetwork, type OnnxSession } from "@unet/inference";
import { fromOnnx, onnxNetwork } from "@unet/interchange";
import { CommandError } from "../messages/errors.js";
import { tell } from "../usage/command.js";

/** A network that is ready, and what tells it from others. */
export interface OpenNetwork {
  network: LayersModel | OnnxNetwork;
  checksum(): Promise<string>;
  dispose(): void;
}

/** Whether a path is that of a model of ONNX, and not of a run. */
export function isOnnxPath(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/**
 * Opens a model of ONNX: in ONNX Runtime where `onnxruntime-node` is installed, else as a model of TensorFlow.js, on the
 * backend that runs.
 *
 * @param options `quiet`: says nothing of where it runs
 * @throws CommandError that names the file, and what is wrong with it
 */
export async function openOnnx(path: string, { quiet = false } = {}): Promise<OpenNetwork> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandError(`there is no ${path}`);
  const bytes = await readFile(path);
  const said = (work: () => OnnxNetwork | LayersModel) => {
    try {
      return work();
    } catch (error) {
      throw new CommandError(`${path}: ${(error as Error).message}`);
    }
  };
  const runtime = await import(RUNTIME).catch(() => undefined);
  if (!runtime) {
    const model = said(() => fromOnnx(bytes)) as LayersModel;
    return { network: model, checksum: () => networkChecksum(model), dispose: () => void model.dispose() };
  }
  const session: OnnxSession & { release(): Promise<void> } = await runtime.InferenceSession.create(
    bytes,
  ).catch((error: Error) => {
    throw new CommandError(`${path}: ONNX Runtime can't run it (${error.message.split("\n")[0]})`);
  });
  if (!quiet) tell("network    in ONNX Runtime");
  return {
    network: said(() => onnxNetwork(bytes, session)) as OnnxNetwork,
    checksum: async () => createHash("sha256").update(bytes).digest("hex"),
    dispose: () => void session.release(),
  };
}

/** Optional, and so not followed by compilers and bundlers. */
const RUNTIME: string = "onnxruntime-node";
