import { computed, signal } from "@preact/signals";
import type { TrainingEvent } from "@unet/training";
import { isAbort } from "../workers/rpc.js";
import type { KeptPlan, LabelledPlane, Role, Trained, Until } from "../workers/training.js";
import { addNetwork, weightsOf } from "./networks.js";
import { channelOf } from "./segmenting.js";
import {
  current,
  items,
  job,
  keeps,
  labelVersion,
  network,
  notify,
  planesOf,
  previewing,
  spoken,
} from "./store.js";
import { computing, pixels } from "./workers.js";

/** The curve of a training, as far as it has come. */
export interface Curve {
  /** The step that the first loss is of. */
  from: number;
  losses: number[];
  checks: Array<{ step: number; measure: string; value: number; best: boolean }>;
  /** 0 until the pace of the first steps has fixed them. */
  steps: number;
}

/** A plane that a network can learn from: labelled by hand, or corrected. */
export interface Example {
  key: string;
  id: string;
  name: string;
  plane: number;
  objects: number;
}

export const curve = signal<Curve | undefined>(undefined);
export const interrupted = signal<KeptPlan | undefined>(undefined);
/** Whether the user wants to see what the network finds while it learns, and whether that is what is seen. */
export const showPreview = signal(true);
/** What each plane is for; those that aren't listed are learnt from. */
export const roles = signal<Record<string, Role | "none">>({});

/** Every plane whose labels a person has drawn or corrected. */
export const examples = computed<Example[]>(() =>
  items.value.flatMap((item) =>
    Object.entries(item.planes)
      .filter(([, { origin }]) => origin !== "found")
      .map(([plane, { objects }]) => ({
        key: `${item.id}/${plane}`,
        id: item.id,
        name: planesOf(item) === 1 ? item.name : `${item.name}, ${Number(plane) + 1}`,
        plane: Number(plane),
        objects,
      })),
  ),
);

/** Looks whether a training was interrupted at the last visit. */
export async function findInterrupted(): Promise<void> {
  if (keeps.value) interrupted.value = await computing().call("interrupted", undefined);
}

/** Trains on the examples, from the chosen network on or from nothing. */
export async function startTraining(start: "network" | "nothing", until: Until): Promise<void> {
  const chosen = start === "network" ? network.value : undefined;
  const planes: LabelledPlane[] = [];
  for (const { key, id, name, plane } of examples.value) {
    const role = roles.value[key] ?? "learn";
    const item = items.value.find((each) => each.id === id);
    if (role === "none" || !item) continue;
    const labels = await pixels.call("labels", { id, plane });
    planes.push({ id, name, role, labels, source: { from: item.from, plane, channel: channelOf(item) } });
  }
  const base = chosen ? chosen.name.replace(/ \+ \d+$/, "") : "trained here";
  const count = planes.filter(({ role }) => role === "learn").length;
  const name = `${base} + ${count}`;
  interrupted.value = undefined;
  curve.value = undefined;
  await follow(name, async (options) => {
    const from = chosen && (await weightsOf(chosen));
    return computing().call("train", { planes, from, until, name }, options);
  });
}

/** Goes on where a training was interrupted. */
export async function goOn(): Promise<void> {
  const plan = interrupted.value;
  if (!plan) return;
  interrupted.value = undefined;
  await follow(plan.name, (options) => computing().call("resume", undefined, options));
}

/** Forgets a training that was interrupted. */
export async function forget(): Promise<void> {
  interrupted.value = undefined;
  curve.value = undefined;
  await computing().call("forget", undefined);
}

/** What the user wants of a training that is stopped: to go on later, or the network as it is. */
const wanted = { pause: false };

/** Stops; it can go on later. */
export function pause(): void {
  wanted.pause = true;
  job.value?.stop();
}

/** Stops, and takes the network as it is by now. */
export function finish(): void {
  wanted.pause = false;
  job.value?.stop();
}

type Options = { signal: AbortSignal; onProgress: (event: TrainingEvent) => void };

async function follow(name: string, call: (options: Options) => Promise<Trained>): Promise<void> {
  const controller = new AbortController();
  const began = performance.now();
  wanted.pause = false;
  let first: number | undefined;
  const say = (title: string, done: number, total: number) => {
    job.value = { title, done, total, began, stop: () => controller.abort() };
  };
  say("Preparing the images", 0, 0);
  const onProgress = (event: TrainingEvent) => {
    if (event.type === "start") {
      const before = curve.value;
      const goesOn =
        event.step > 0 && before !== undefined && before.from + before.losses.length >= event.step;
      curve.value = goesOn
        ? { ...before, losses: before.losses.slice(0, event.step - before.from), steps: event.steps }
        : { from: event.step, losses: [], checks: [], steps: event.steps };
      first = event.step;
    } else if (event.type === "step" && curve.value) {
      curve.value = { ...curve.value, losses: [...curve.value.losses, event.loss], steps: event.steps };
      const total = Math.max(1, event.steps - (first ?? 0));
      say(
        `Step ${event.step}${event.steps ? ` of ${event.steps}` : ""}`,
        event.steps ? event.step - (first ?? 0) : 0,
        total,
      );
    } else if (event.type === "validation" && curve.value) {
      const { step, measure, value, best } = event;
      curve.value = { ...curve.value, checks: [...curve.value.checks, { step, measure, value, best }] };
    } else if (event.type === "notice") notify(event.text);
  };
  const stopPreviews = showPreviews();
  try {
    const { bytes, steps, stopped, notKept } = await call({ signal: controller.signal, onProgress });
    if (notKept) notify(`The training could not be kept for another visit: ${notKept}`, "error");
    if (steps === 0) notify("Stopped before the first step: nothing was learnt yet");
    else if (stopped && wanted.pause) {
      await findInterrupted();
      if (!interrupted.value) notify("The training can't be kept here, so it can't go on", "error");
      spoken.value = "The training is paused";
    } else {
      await computing().call("forget", undefined);
      if (bytes) await addNetwork({ name, about: `trained here, ${steps} steps`, bytes });
      spoken.value = `Trained for ${steps} steps`;
    }
  } catch (error) {
    if (!isAbort(error)) notify((error as Error).message, "error");
    await findInterrupted().catch(() => {});
  } finally {
    stopPreviews();
    job.value = undefined;
  }
}

/** Milliseconds between previews. */
const PREVIEW_EVERY = 5000;

/** Shows now and then what the network finds by now in the plane in view; returns how to stop. */
function showPreviews(): () => void {
  let stopped = false;
  let shown: typeof current.value;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = async (labels: Int32Array<ArrayBuffer> | undefined, at: NonNullable<typeof shown>) => {
    await pixels.call("preview", { ...at, labels }, { transfer: labels ? [labels.buffer] : [] });
    previewing.value = labels !== undefined;
    labelVersion.value++;
  };
  const next = async () => {
    const at = current.value;
    const item = items.value.find(({ id }) => id === at?.id);
    if (at && item && showPreview.value && curve.value?.losses.length) {
      const source = { from: item.from, plane: at.plane, channel: channelOf(item) };
      const labels = await computing().call("preview", source);
      if (labels && !stopped) {
        shown = at;
        await refresh(labels, at);
      }
    } else if (shown && previewing.value) await refresh(undefined, shown);
    if (!stopped) timer = setTimeout(again, PREVIEW_EVERY);
  };
  // A preview that fails is no loss.
  const again = () => next().catch(() => {});
  timer = setTimeout(again, PREVIEW_EVERY);
  return () => {
    stopped = true;
    clearTimeout(timer);
    if (shown) void refresh(undefined, shown).catch(() => {});
  };
}
