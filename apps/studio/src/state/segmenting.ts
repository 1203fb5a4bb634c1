import { computed } from "@preact/signals";
import type { Channel } from "../images/plane.js";
import type { PlaneId } from "../images/plane-id.js";
import type { TileProgress } from "../workers/compute-methods.js";
import { isAbort } from "../workers/rpc.js";
import { fallBack } from "./backend.js";
import { changed, keepLabels, keepSoon } from "./editing.js";
import { openInWorker } from "./networks.js";
import {
  channel,
  current,
  currentItem,
  type Item,
  items,
  job,
  labelInfo,
  network,
  notify,
  output,
  ownOutput,
  pace,
  planesOf,
  spoken,
  updateItem,
} from "./store.js";
import { computing, pixels } from "./workers.js";

/** Planes that are to be segmented, of images in the list. */
export interface Target extends PlaneId {
  item: Item;
}

/** The plane in view. */
export function planeInView(): Target[] {
  const at = current.value;
  const item = items.value.find(({ id }) => id === at?.id);
  return at && item ? [{ ...at, item }] : [];
}

/** Every plane of every image, but for those whose labels were corrected or drawn by hand. */
export function allPlanes(): Target[] {
  return items.value.flatMap((item) =>
    Array.from({ length: planesOf(item) }, (_, plane) => ({ id: item.id, plane, item })).filter(
      ({ plane }) => {
        const origin = item.planes[plane]?.origin;
        return origin === undefined || origin === "found";
      },
    ),
  );
}

/** Segments planes one after the other by the chosen network; what is done stays where it is stopped. */
export async function segmentPlanes(targets: readonly Target[]): Promise<void> {
  const chosen = network.value;
  if (!chosen || targets.length === 0 || job.value) return;
  const controller = new AbortController();
  const began = performance.now();
  const say = (title: string, done: number) => {
    job.value = { title, done, total: targets.length, began, stop: () => controller.abort() };
  };
  say(`Starting ${chosen.name}`, 0);
  let objects = 0;
  try {
    for (const [index, { id, plane, item }] of targets.entries()) {
      say(`Segmenting ${titleOf(item, plane)}`, index);
      const segment = async () => {
        await openInWorker(chosen, {
          signal: controller.signal,
          onProgress: ({ loaded, total }) => say(`Loading ${chosen.name}`, index + (0.1 * loaded) / total),
        });
        return computing().call(
          "segment",
          { source: { from: item.from, plane, channel: channelOf(item) }, out: ownOutput.value },
          {
            signal: controller.signal,
            onProgress: ({ done, total }: TileProgress) =>
              say(`Segmenting ${titleOf(item, plane)}`, index + done / total),
          },
        );
      };
      const { labels, map, task, seconds } = await segment().catch(async (error) => {
        if (isAbort(error) || !(await fallBack(error))) throw error;
        return segment();
      });
      const info = await pixels.call(
        "found",
        { id, plane, labels, map, out: task.out },
        { transfer: [labels.buffer, ...(map ? [map.data.buffer] : [])] },
      );
      objects += info.objects;
      pace.value = seconds / (item.info.width * item.info.height);
      if (item.planes[plane] && item.planes[plane].origin !== "found") {
        notify(`What you had corrected in ${titleOf(item, plane)} was replaced; Undo brings it back`);
      }
      updateItem(id, ({ planes }) => ({
        planes: { ...planes, [plane]: { objects: info.objects, origin: "found" } },
      }));
      if (current.value?.id === id && current.value.plane === plane) changed(info);
      keepLabels({ id, plane });
    }
    spoken.value = `${objects} objects found`;
  } catch (error) {
    if (isAbort(error)) notify("Stopped; what was segmented before stays");
    else notify((error as Error).message, "error");
  } finally {
    job.value = undefined;
  }
}

/** Whether threshold and smallest size act on the plane in view: it was segmented just now, and not corrected since. */
export const isAsFound = computed(() => {
  const at = current.value;
  const plane = at && currentItem.value?.planes[at.plane];
  return plane?.origin === "found" && labelInfo.value?.scores === true;
});

/** Finds objects anew with another threshold or smallest size, without asking the network again. */
export async function setOutput(change: { threshold?: number; minimumSize?: number }): Promise<void> {
  ownOutput.value = { ...ownOutput.value, ...change };
  const at = current.value;
  const out = output.value;
  if (!at || !out || !isAsFound.value) return;
  waiting = { at, out };
  if (relabelling) return;
  relabelling = true;
  try {
    while (waiting) {
      const { at, out } = waiting;
      waiting = undefined;
      const { info, changed: isChanged } = await pixels.call("relabel", { ...at, out });
      if (isChanged && current.value === at) {
        updateItem(at.id, ({ planes }) => ({
          planes: { ...planes, [at.plane]: { objects: info.objects, origin: "found" } },
        }));
        changed(info);
        keepSoon(at);
      }
    }
  } catch (error) {
    notify((error as Error).message, "error");
  } finally {
    relabelling = false;
  }
}

let relabelling = false;
let waiting: { at: PlaneId; out: NonNullable<typeof output.value> } | undefined;

/** The channel that networks see: the one that is looked at in the image in view; of others the one that is shown first. */
export function channelOf({ id, info }: Item): Channel {
  if (info.channels === 3) return "colour";
  return id === current.value?.id ? channel.value : 0;
}

/** What a plane is called. */
function titleOf(item: Item, plane: number): string {
  return planesOf(item) === 1 ? item.name : `${item.name}, ${plane + 1} of ${planesOf(item)}`;
}
