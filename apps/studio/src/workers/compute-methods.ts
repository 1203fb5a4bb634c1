import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type BackendInfo, type BackendName, useBackend } from "@unet/backend";
import type { Image, PixelSize } from "@unet/image";
import { plainTaskFor, segment, type Task, type TaskOutput, taskOf } from "@unet/inference";
import { modelFromBytes, modelToBytes } from "@unet/model";
import { installedNetworks, loadNetwork, type NetworkName } from "@unet/networks";
import { type PlaneOfImage, readPlane } from "./read-plane.js";
import { type Context, handingOver } from "./rpc.js";
import {
  forgetTraining,
  type KeptPlan,
  keptPlan,
  previewOf,
  type Trained,
  type TrainingPlan,
  trainNew,
  trainOn,
} from "./training.js";

/** What is known of a network. */
export interface NetworkInfo {
  task: Task;
  /** Whether the task was in the model, and not assumed. */
  hasTask: boolean;
  classes: number;
  classNames: string[];
  channels: number;
  parameters: number;
}

/** A network that comes with the page. */
export interface BuiltIn {
  name: NetworkName;
  about: string;
  /** What it was trained on. */
  data: string;
  info: NetworkInfo;
}

/** How far a segmentation is. */
export interface TileProgress {
  done: number;
  total: number;
}

let network: LayersModel | undefined;

/** What the worker does that owns the backend: networks live there, and all numbers are computed there. */
export const computeMethods = {
  /** Starts a backend, the fastest first, or the one that is named. */
  start: ({ prefer }: { prefer?: string }): Promise<BackendInfo> =>
    useBackend(prefer ? { prefer: [prefer as BackendName] } : {}),

  /** The networks that come with the page; no weights are loaded. */
  async installed(): Promise<BuiltIn[]> {
    const found = await installedNetworks();
    return found.map(({ name, card: { about, data, expects, task, network } }) => ({
      name: name as NetworkName,
      about,
      data: `${data.name} (licence: ${data.licence})`,
      info: {
        task: task as Task,
        hasTask: true,
        classes: (task as Task).out.score.length,
        classNames: [],
        channels: expects.channels,
        parameters: network.parameters,
      },
    }));
  },

  /** The weights of one of them, as `modelToBytes` writes a network. */
  async builtIn(
    { name }: { name: NetworkName },
    { signal, progress }: Context,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const model = await loadNetwork(name, { signal, onProgress: progress });
    try {
      const bytes = (await modelToBytes(model)) as Uint8Array<ArrayBuffer>;
      return handingOver(bytes, [bytes.buffer]);
    } finally {
      model.dispose();
    }
  },

  /** Opens a network, in place of the one before. */
  async load({ bytes }: { bytes: Uint8Array }): Promise<NetworkInfo> {
    const opened = await modelFromBytes(bytes);
    try {
      const info = describe(opened);
      network?.dispose();
      network = opened;
      return info;
    } catch (error) {
      opened.dispose();
      throw error;
    }
  },

  /** Segments a plane by the network that is open. */
  async segment(
    { source, out }: { source: PlaneOfImage; out: Partial<TaskOutput> },
    { signal, progress }: Context,
  ): Promise<{
    labels: Int32Array;
    map?: Image<Float32Array>;
    task: Task;
    pixelSize?: PixelSize;
    seconds: number;
  }> {
    if (!network) throw new Error("choose a network first");
    const { image, pixelSize } = await readPlane(source);
    const began = performance.now();
    const { labels, scores, task } = await segment(image, network, {
      ...out,
      scores: true,
      channels: "grey",
      signal,
      onProgress: progress,
    });
    const seconds = (performance.now() - began) / 1000;
    const data = labels.data as Int32Array<ArrayBuffer>;
    // The class of each pixel is chosen, not found from one threshold.
    const map = task.aim === "classes" ? undefined : scores;
    const buffers = [data.buffer, ...(map ? [map.data.buffer as ArrayBuffer] : [])];
    return handingOver({ labels: data, map, task, pixelSize, seconds }, buffers);
  },

  /** Trains a network on labelled planes; events are told as `train` tells them. */
  train: (plan: TrainingPlan, context: Context): Promise<Trained> => trainNew(plan, context),
  /** Goes on with a training that was interrupted. */
  resume: (_: undefined, context: Context): Promise<Trained> => trainOn(context),
  interrupted: (): Promise<KeptPlan | undefined> => keptPlan(),
  forget: (): Promise<void> => forgetTraining(),
  /** What the network that is being trained makes of a plane by now. */
  preview: async (source: PlaneOfImage): Promise<Int32Array<ArrayBuffer> | undefined> => previewOf(source),
};

export type ComputeMethods = typeof computeMethods;

function describe(model: LayersModel): NetworkInfo {
  const classes = model.outputs[0].shape.at(-1) as number;
  const task = taskOf(model);
  const { classNames } = (model.getUserDefinedMetadata() ?? {}) as { classNames?: string[] };
  return {
    task: task ?? plainTaskFor(classes),
    hasTask: task !== undefined,
    classes,
    classNames: classNames ?? [],
    channels: model.inputs[0].shape.at(-1) as number,
    parameters: model.countParams(),
  };
}
