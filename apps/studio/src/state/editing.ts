import type { Edit } from "../labels/edits.js";
import type { LabelInfo } from "../workers/pixel-methods.js";
import {
  current,
  items,
  keeps,
  labelInfo,
  labelVersion,
  notify,
  selected,
  spoken,
  table,
  updateItem,
} from "./store.js";
import { pixels } from "./workers.js";

/** Labels in view have changed. */
export function changed(info: LabelInfo): void {
  labelInfo.value = info;
  labelVersion.value++;
  table.value = undefined;
}

/** Changes the labels of the plane in view, as one step that can be undone. */
export async function edit(change: Edit): Promise<void> {
  const at = current.value;
  if (!at) return;
  try {
    const { rect, objects, info } = await pixels.call("edit", { ...at, edit: change });
    if (!rect) return;
    if (objects.length > 0 && current.value === at) selected.value = objects;
    if (change.type === "remove") selected.value = [];
    edited(at, info);
  } catch (error) {
    notify((error as Error).message, (error as Error).name === "EditError" ? "info" : "error");
  }
}

/** Takes the last step back, or does it again. */
export async function undo(which: "undo" | "redo" = "undo"): Promise<void> {
  const at = current.value;
  if (!at) return;
  const { rect, info } = await pixels.call("step", { ...at, which });
  if (!rect) return;
  spoken.value = which === "undo" ? "Undone" : "Done again";
  edited(at, info);
}

function edited(at: { id: string; plane: number }, info: LabelInfo): void {
  const before = items.value.find(({ id }) => id === at.id)?.planes[at.plane];
  const origin = before && before.origin !== "drawn" ? "corrected" : "drawn";
  updateItem(at.id, ({ planes }) => ({
    planes: { ...planes, [at.plane]: { objects: info.objects, origin } },
  }));
  if (current.value === at) changed(info);
  keepSoon(at);
}

/** Keeps at once what would be kept in a moment. */
export function flushLabels(): void {
  if (!pending) return;
  clearTimeout(pending.timer);
  keepNow();
}

function keepNow(): void {
  if (pending) keepLabels(pending.at);
  pending = undefined;
}

let pending: { at: { id: string; plane: number }; timer: ReturnType<typeof setTimeout> } | undefined;

/** Keeps the labels once the user rests for a moment. */
export function keepSoon(at: { id: string; plane: number }): void {
  if (pending) {
    clearTimeout(pending.timer);
    if (pending.at !== at) keepLabels(pending.at);
  }
  pending = { at, timer: setTimeout(keepNow, 400) };
}

/** Keeps the labels of a plane for the next visit. */
export function keepLabels(at: { id: string; plane: number }): void {
  if (!keeps.value) return;
  pixels.call("store", at).catch((error: Error) => {
    notify(
      `This correction could not be kept for the next visit (${error.message}); take the labels away before you leave`,
      "error",
    );
  });
}

/** Chooses an object, adds it to those chosen, or takes it from them. */
export function select(label: number, add: boolean): void {
  if (label <= 0) {
    if (!add) selected.value = [];
  } else if (!add) selected.value = [label];
  else if (selected.value.includes(label)) selected.value = selected.value.filter((other) => other !== label);
  else selected.value = [...selected.value, label];
}

export const removeSelected = () => edit({ type: "remove", objects: [...selected.value] });
export const mergeSelected = () => edit({ type: "merge", objects: [...selected.value] });
export const fillSelected = () => edit({ type: "fill-holes", objects: [...selected.value] });
