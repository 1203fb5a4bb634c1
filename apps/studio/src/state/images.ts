import { defaultChannel } from "../images/library.js";
import type { Channel } from "../images/plane.js";
import type { SampleId } from "../images/samples.js";
import type { Annotated, Placed } from "../workers/annotated.js";
import { isAbort } from "../workers/rpc.js";
import { keepLabels } from "./editing.js";
import {
  channel,
  current,
  currentItem,
  histogram,
  type Item,
  items,
  job,
  keeps,
  labelInfo,
  labelVersion,
  levels,
  notify,
  planesOf,
  selected,
  table,
  updateItem,
} from "./store.js";
import { pixels } from "./workers.js";

/** Opens images with their masks; false where none has one, and they are but pictures. */
export async function openAnnotated(placed: readonly Placed[]): Promise<boolean> {
  let found: Annotated[];
  try {
    found = await pixels.call("annotated", { files: [...placed] });
  } catch (error) {
    notify((error as Error).message);
    return false;
  }
  const files = found.map(({ path }) => placed.find((each) => each.path === path)?.file as File);
  const ids = await openPictures(files);
  for (const [i, { planes }] of found.entries()) {
    const id = ids[i];
    if (id === undefined) continue;
    try {
      for (const { plane, sample } of planes) {
        const { objects } = await pixels.call("takeMask", { id, plane, sample });
        updateItem(id, (item) => ({ planes: { ...item.planes, [plane]: { objects, origin: "drawn" } } }));
        keepLabels({ id, plane });
      }
    } catch (error) {
      notify(`${files[i].name}: ${(error as Error).message}`, "error");
    }
  }
  if (current.value) await show({ ...current.value });
  return true;
}

/** Opens images, and says under which names, in their order; nothing for those that can't be read. */
export async function openPictures(files: readonly File[]): Promise<Array<string | undefined>> {
  const ids: Array<string | undefined> = new Array(files.length).fill(undefined);
  if (files.length === 0) return ids;
  const failed: string[] = [];
  let stopped = false;
  // Asked once there is something to keep: what is kept then stays where the disk becomes full.
  if (keeps.value) void navigator.storage?.persist?.().catch(() => {});
  let first: string | undefined;
  const notKept = new Set<string>();
  for (const [index, file] of files.entries()) {
    if (stopped) break;
    if (files.length > 1) {
      job.value = {
        title: `Opening ${file.name}`,
        done: index,
        total: files.length,
        began: performance.now(),
        stop: () => {
          stopped = true;
        },
      };
    }
    const id = crypto.randomUUID();
    try {
      const {
        info,
        thumbnail,
        notKept: reason,
      } = await pixels.call("open", { id, from: file, keep: keeps.value });
      for (const notice of info.notices) notify(notice);
      if (reason) notKept.add(reason);
      items.value = [...items.value, { id, name: file.name, from: file, info, thumbnail, planes: {} }];
      first ??= id;
      ids[index] = id;
      if (!current.value) await show({ id, plane: 0 });
    } catch (error) {
      if (!isAbort(error)) failed.push((error as Error).message);
    }
  }
  if (files.length > 1) job.value = undefined;
  for (const message of failed.slice(0, 3)) notify(message, "error");
  if (failed.length > 3) notify(`${failed.length - 3} more files can't be read`, "error");
  for (const reason of notKept) {
    notify(
      `Images are open, but could not be kept for the next visit (${reason}); take your work away before you leave`,
      "error",
    );
  }
  if (first) await show({ id: first, plane: 0 });
  return ids;
}

/** Opens an OME-Zarr: at an address, or the files of its folder. */
export async function openZarr(name: string, zarr: string | ReadonlyMap<string, Blob>): Promise<void> {
  const id = crypto.randomUUID();
  const from = { zarr };
  try {
    const { info, thumbnail, notKept } = await pixels.call("open", { id, from, keep: keeps.value });
    for (const notice of info.notices) notify(notice);
    if (notKept) notify(`${name} must be opened again at the next visit: ${notKept}`);
    items.value = [...items.value, { id, name, from, info, thumbnail, planes: {} }];
    await show({ id, plane: 0 });
  } catch (error) {
    notify((error as Error).message, "error");
  }
}

/** Opens sample pictures. */
export async function openSamples(id: SampleId, count = 3): Promise<void> {
  const files: File[] = [];
  const before = items.value.filter(({ name }) => name.startsWith(`${id}-`)).length;
  for (let index = before; index < before + count; index++)
    files.push(await pixels.call("sample", { id, index }));
  await openPictures(files);
}

/** Shows a plane of an image. */
export async function show(at: { id: string; plane: number }): Promise<void> {
  const item = items.value.find(({ id }) => id === at.id);
  if (!item) return;
  const sameImage = current.value?.id === at.id;
  const wanted: Channel = sameImage ? channel.value : defaultChannel(item.info);
  selected.value = [];
  table.value = undefined;
  current.value = at;
  try {
    await describe(at, wanted, sameImage);
  } catch (error) {
    notify((error as Error).message, "error");
  }
}

async function describe(
  at: { id: string; plane: number },
  wanted: Channel,
  keepLevels: boolean,
): Promise<void> {
  const shown = await pixels.call("show", { ...at, channel: wanted });
  if (current.value !== at) return;
  channel.value = wanted;
  histogram.value = shown.histogram;
  if (!keepLevels) levels.value = shown.histogram.auto;
  labelInfo.value = shown.labels;
  labelVersion.value++;
}

/** Shows another channel of the image in view. */
export async function showChannel(wanted: Channel): Promise<void> {
  if (current.value) await describe(current.value, wanted, false);
}

/** Shows the next image or the one before. */
export async function step(by: 1 | -1): Promise<void> {
  const index = items.value.findIndex(({ id }) => id === current.value?.id);
  const next = items.value[index + by];
  if (next) await show({ id: next.id, plane: 0 });
}

/** Takes an image off the list; its file on the disk stays. */
export async function closeImage(item: Item): Promise<void> {
  const index = items.value.indexOf(item);
  items.value = items.value.filter(({ id }) => id !== item.id);
  if (current.value?.id === item.id) {
    current.value = undefined;
    const next = items.value[Math.min(index, items.value.length - 1)];
    if (next) await show({ id: next.id, plane: 0 });
  }
  await pixels.call("close", { id: item.id, planes: planesOf(item) });
}

/** The table of the plane in view, made anew where labels have changed. */
export async function refreshTable(): Promise<void> {
  const at = current.value;
  if (!at || !currentItem.value) return;
  const rows = await pixels.call("table", at);
  if (current.value === at) table.value = rows;
}
