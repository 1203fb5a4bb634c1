import { computed, signal } from "@preact/signals";
import type { BackendInfo } from "@unet/backend";
import type { TaskOutput } from "@unet/inference";
import type { InstanceMeasures } from "@unet/inference/instances";
import type { NetworkName } from "@unet/networks";
import type { ImageInfo } from "../images/library.js";
import type { ImageFrom } from "../images/open-source.js";
import type { Channel, Histogram, Levels } from "../images/plane.js";
import type { PlaneId } from "../images/plane-id.js";
import type { NetworkInfo } from "../workers/compute-methods.js";
import type { LabelInfo } from "../workers/pixel-methods.js";

/** Where the labels of a plane come from. */
export type Origin = "found" | "corrected" | "drawn";

/** What the page knows of the labels of a plane that is not in view. */
interface PlaneState {
  objects: number;
  origin: Origin;
}

/** An image in the list. */
export interface Item {
  id: string;
  name: string;
  from: ImageFrom;
  info: ImageInfo;
  thumbnail: ImageBitmap;
  /** Planes that have labels, by their number. */
  planes: Record<number, PlaneState>;
}

/** A network that can be chosen. */
export interface Network {
  id: string;
  name: string;
  about: string;
  /** What it was trained on, where that is known. */
  data?: string;
  info: NetworkInfo;
  /** As `modelToBytes` writes it; of those that come with the page once it is used. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** Its name among those that come with the page. */
  builtIn?: NetworkName;
}

/** Work that takes long, one at a time. */
export interface Job {
  title: string;
  done: number;
  total: number;
  /** Milliseconds, as `performance.now()` tells them. */
  began: number;
  stop(): void;
}

/** A line for the user. */
export interface Notice {
  id: number;
  kind: "info" | "error";
  text: string;
}

/** What a pointer does in the picture. */
export type Tool = "select" | "brush" | "eraser" | "lasso" | "fill" | "split" | "unknown";

/** Which panel is open. */
export type Panel = "images" | "find" | "objects" | "train" | "save";

export const items = signal<Item[]>([]);
/** The plane in view. */
export const current = signal<PlaneId | undefined>(undefined);
export const channel = signal<Channel>(0);
export const histogram = signal<Histogram | undefined>(undefined);
export const levels = signal<Levels>({ low: 0, high: 255 });

export const labelInfo = signal<LabelInfo | undefined>(undefined);
export const selected = signal<readonly number[]>([]);
export const table = signal<InstanceMeasures[] | undefined>(undefined);
/** Grows with each change of the labels in view. */
export const labelVersion = signal(0);

/** Whether what a network in training finds is shown in place of the labels. */
export const previewing = signal(false);

export const tool = signal<Tool>("select");
export const brushRadius = signal(6);
export const paintOver = signal(false);
export const showLabels = signal(true);
export const labelOpacity = signal(1);
export const labelFill = signal(0.3);

export const networks = signal<Network[]>([]);
export const chosenNetwork = signal<string | undefined>(undefined);
/** How scores become objects, where the user has changed what the network says. */
export const ownOutput = signal<Partial<TaskOutput>>({});

export const backend = signal<BackendInfo | { problem: string } | undefined>(undefined);
/** Seconds that a pixel took when an image was segmented last. */
export const pace = signal<number | undefined>(undefined);
export const job = signal<Job | undefined>(undefined);
export const notices = signal<Notice[]>([]);
/** Whether this tab keeps what is done for the next visit. */
export const keeps = signal(true);
export const panel = signal<Panel>("find");
/** What a screen reader is told. */
export const spoken = signal("");

export const currentItem = computed(() => items.value.find(({ id }) => id === current.value?.id));
export const network = computed(() => networks.value.find(({ id }) => id === chosenNetwork.value));
export const output = computed<TaskOutput | undefined>(() => {
  const task = network.value?.info.task;
  return task && { ...task.out, ...ownOutput.value };
});

/** Planes of an image. */
export function planesOf({ info }: Item): number {
  return info.slices * info.frames;
}

/** Changes an item of the list. */
export function updateItem(id: string, change: (item: Item) => Partial<Item>): void {
  items.value = items.value.map((item) => (item.id === id ? { ...item, ...change(item) } : item));
}

let lastNotice = 0;

/** Shows a line for the user; errors stay until they are dismissed. */
export function notify(text: string, kind: Notice["kind"] = "info"): void {
  if (notices.value.some((notice) => notice.text === text)) return;
  const id = ++lastNotice;
  notices.value = [...notices.value.slice(-3), { id, kind, text }];
  if (kind === "info") setTimeout(() => dismiss(id), 8000);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
