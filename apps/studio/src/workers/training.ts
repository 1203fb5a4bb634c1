import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { LabelImage, Sample } from "@unet/image";
import { segment, taskOf } from "@unet/inference";
import { createUNet, modelFromBytes, modelToBytes } from "@unet/model";
import {
  calibrate,
  type RunStore,
  recipeFor,
  resume,
  type Samples,
  TrainingAbortedError,
  type TrainingConfig,
  type TrainingEvent,
  type TrainingResult,
  train,
} from "@unet/training";
import { readStored, removeStored, writeStored } from "../images/storage.js";
import { decodeRuns, encodeRuns } from "../labels/runs.js";
import { type PlaneOfImage, readPlane } from "./read-plane.js";
import type { Context } from "./rpc.js";

/** What a plane with labels is for: to learn from it, or to check what was learnt. */
export type Role = "learn" | "check";

/** A plane with its labels. */
export interface LabelledPlane {
  /** Of the image, under which its file is kept. */
  id: string;
  name: string;
  source: PlaneOfImage;
  labels: LabelImage;
  role: Role;
}

/** How long a training shall last. */
export type Until = { minutes: number } | { steps: number };

/** What is asked of a training. */
export interface TrainingPlan {
  planes: LabelledPlane[];
  /** The network to go on from; without it a new one is made, by the recipe for separate objects. */
  from?: Uint8Array;
  until: Until;
  /** What the network will be called. */
  name: string;
}

/** What is kept of a plan beside the checkpoint, so that it can go on after the page was closed. */
export interface KeptPlan {
  name: string;
  /** That the network takes. */
  channels: number;
  planes: Array<
    Pick<LabelledPlane, "id" | "name" | "role"> &
      Pick<PlaneOfImage, "plane" | "channel"> & { width: number; height: number; address?: string }
  >;
}

/** What a training gives. */
export interface Trained {
  /** As `modelToBytes` writes it; nothing where it was stopped before its first step. */
  bytes?: Uint8Array<ArrayBuffer>;
  steps: number;
  /** Whether it was stopped before its end. */
  stopped: boolean;
  /** Why it could not be kept for another visit. */
  notKept?: string;
}

const FOLDER = "training";

/** Keeps the newest checkpoint in the page's private files. A full disk stops keeping, not training. */
class PageStore implements RunStore {
  problem: string | undefined;

  async write(checkpoint: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await writeStored(`${FOLDER}/checkpoint`, checkpoint);
      this.problem = undefined;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  async read(): Promise<Uint8Array | undefined> {
    const file = await readStored(`${FOLDER}/checkpoint`);
    return file && new Uint8Array(await file.arrayBuffer());
  }
}

/** The network that learns, while it does. */
let learning: LayersModel | undefined;

/** Trains from the beginning; what was kept of a training before is gone. */
export async function trainNew(plan: TrainingPlan, context: Context): Promise<Trained> {
  await forgetTraining();
  const model = plan.from ? await modelFromBytes(plan.from) : undefined;
  const channels = (model?.inputs[0].shape.at(-1) as number | undefined) ?? 1;
  const { samples, validation } = divided(plan.planes, channels);
  const { network, config } = model
    ? { network: model, config: await fineTuning(model, samples, validation, plan.until) }
    : await fromNothing(samples, validation, plan.until);
  const notKept = await keepPlan(plan, channels).then(
    () => undefined,
    (error: Error) => error.message,
  );
  const trained = await run(network, validation, context, (shared) =>
    train({ ...shared, model: network, samples, validation, config, seed: 1 }),
  );
  return { notKept, ...trained };
}

/** Goes on with the training that was kept, to the bit as if it had not been interrupted. */
export async function trainOn(context: Context): Promise<Trained> {
  const kept = await keptPlan();
  if (!kept) throw new Error("there is no training to go on with");
  const planes: LabelledPlane[] = [];
  for (const [i, each] of kept.planes.entries()) {
    const { id, name, plane, channel, role, width, height, address } = each;
    const from = address ? { zarr: address } : await readStored(`images/${id}`);
    const labels = await readStored(`${FOLDER}/labels-${i}`);
    if (!from || !labels) throw new Error(`the training can't go on: ${name} was closed since`);
    const data = decodeRuns(new Int32Array(await labels.arrayBuffer()), width * height);
    planes.push({ id, name, role, source: { from, plane, channel }, labels: { width, height, data } });
  }
  const { samples, validation } = divided(planes, kept.channels);
  return run(undefined, validation, context, ({ out, ...shared }) =>
    resume(out, { ...shared, samples, validation }),
  );
}

/** What was kept of a training that was interrupted, if any. */
export async function keptPlan(): Promise<KeptPlan | undefined> {
  const [plan, checkpoint] = [
    await readStored(`${FOLDER}/plan.json`),
    await readStored(`${FOLDER}/checkpoint`),
  ];
  if (!plan || !checkpoint) return undefined;
  return JSON.parse(await plan.text()) as KeptPlan;
}

export async function forgetTraining(): Promise<void> {
  await removeStored(FOLDER);
}

/** A preview stops the training for as long as it takes. */
const MOST_PREVIEW_PIXELS = 1024 * 1024;

/** What the network that learns makes of a plane right now; nothing where none does, or the plane is large. */
export async function previewOf(source: PlaneOfImage): Promise<Int32Array<ArrayBuffer> | undefined> {
  if (!learning) return undefined;
  const { image } = await readPlane(source);
  if (!learning || image.width * image.height > MOST_PREVIEW_PIXELS) return undefined;
  const { labels } = await segment(image, learning, { channels: "grey" });
  return labels.data as Int32Array<ArrayBuffer>;
}

type Shared = { out: RunStore; signal: AbortSignal; onEvent: (event: TrainingEvent) => void };

async function run(
  model: LayersModel | undefined,
  validation: Samples | undefined,
  { signal, progress }: Context,
  start: (shared: Shared) => Promise<TrainingResult>,
): Promise<Trained> {
  learning = model;
  const out = new PageStore();
  let result: TrainingResult;
  let stopped = false;
  try {
    result = await start({ out, signal, onEvent: progress });
  } catch (error) {
    learning = undefined;
    if (!(error instanceof TrainingAbortedError)) {
      model?.dispose();
      if ((error as Error).name === "AbortError") return { steps: 0, stopped: true };
      throw error;
    }
    result = error.result;
    stopped = true;
  }
  learning = undefined;
  const { model: trained, steps } = result;
  try {
    if (!stopped && validation && taskOf(trained)) {
      const task = await calibrate({ model: trained, samples: validation, signal });
      trained.setUserDefinedMetadata({ ...(trained.getUserDefinedMetadata() as object), task });
    }
    return {
      bytes: (await modelToBytes(trained)) as Uint8Array<ArrayBuffer>,
      steps,
      stopped,
      notKept: out.problem,
    };
  } finally {
    trained.dispose();
  }
}

/** Settings with which a trained network learns a little more: small steps, its task and its classes as they are. */
async function fineTuning(
  model: LayersModel,
  samples: Samples,
  validation: Samples | undefined,
  until: Until,
): Promise<Partial<TrainingConfig>> {
  const classes = model.outputs[0].shape.at(-1) as number;
  const { architecture } = (model.getUserDefinedMetadata() ?? {}) as {
    architecture?: { padding?: string; depth?: number };
  };
  const { image } = await samples.get(0);
  const multiple = 2 ** (architecture?.depth ?? 4);
  const side = multiple * Math.ceil(Math.min(192, image.width, image.height) / multiple);
  return {
    ...until,
    ...(architecture?.padding === "same" && { tileSize: side }),
    optimizer: "adamw",
    learningRate: 3e-4,
    weightDecay: 0.01,
    schedule: "cosine",
    classWeights: new Array<number>(classes).fill(1),
    augmentation: { scaling: 0.15 },
    ...(classes > 2 && { w0: 0 }),
    ...(validation && { validations: 4, measure: taskOf(model)?.aim === "instances" ? "f1" : "loss" }),
    checkpointEvery: CHECKPOINT_EVERY,
    keepCheckpoints: 1,
  };
}

/** Steps that a closed tab may lose. */
const CHECKPOINT_EVERY = 20;

async function fromNothing(
  samples: Samples,
  validation: Samples | undefined,
  until: Until,
): Promise<{ network: LayersModel; config: Partial<TrainingConfig> }> {
  const { network, training } = await recipeFor("instances", {
    samples,
    validation,
    // Half the filters of the recipe: a page has a few processors and minutes.
    network: { filters: 8 },
    training: until,
  });
  return {
    network: createUNet({ ...network, seed: 1 }),
    config: { ...training, checkpointEvery: CHECKPOINT_EVERY, keepCheckpoints: 1 },
  };
}

function divided(
  planes: readonly LabelledPlane[],
  channels: number,
): { samples: Samples; validation?: Samples } {
  const of = (role: Role): Samples => {
    const chosen = planes.filter((plane) => plane.role === role);
    return { length: chosen.length, get: (index) => sampleOf(chosen[index], channels) };
  };
  const [samples, validation] = [of("learn"), of("check")];
  return { samples, validation: validation.length > 0 ? validation : undefined };
}

async function sampleOf({ name, source, labels }: LabelledPlane, channels: number): Promise<Sample> {
  const { image } = await readPlane(source, channels);
  return { name, image, labels, kind: "instances" };
}

async function keepPlan({ name, planes }: TrainingPlan, channels: number): Promise<void> {
  const kept: KeptPlan = {
    name,
    channels,
    planes: planes.map(({ id, name, role, source: { from, plane, channel }, labels: { width, height } }) => ({
      id,
      name,
      role,
      plane,
      channel,
      width,
      height,
      ...(!(from instanceof Blob) && typeof from.zarr === "string" && { address: from.zarr }),
    })),
  };
  for (const [i, { labels }] of planes.entries())
    await writeStored(`${FOLDER}/labels-${i}`, encodeRuns(labels.data));
  await writeStored(`${FOLDER}/plan.json`, JSON.stringify(kept));
}
