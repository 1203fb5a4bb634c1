import { effect } from "@preact/signals";
import { flushLabels } from "./editing.js";
import { show } from "./images.js";
import {
  chosenNetwork,
  current,
  items,
  keeps,
  type Network,
  networks,
  notify,
  type Origin,
  ownOutput,
} from "./store.js";
import { download } from "./taking-away.js";
import { pixels } from "./workers.js";

/** What is kept of the page between visits; the files themselves lie beside it. */
interface Kept {
  version: 1;
  images: Array<{
    id: string;
    name: string;
    planes: Record<number, { objects: number; origin: Origin }>;
    /** Of an OME-Zarr that is not here. */
    address?: string;
  }>;
  networks: Array<Omit<Network, "bytes">>;
  chosen?: string;
  output: typeof ownOutput.value;
  current?: { id: string; plane: number };
}

const PATH = "project.json";

/** Opens what was open at the last visit, and keeps what changes from then on. One tab at a time keeps things. */
export async function startProject(): Promise<void> {
  keeps.value = await lockForThisTab();
  if (!keeps.value) {
    notify(
      "The studio is open in another tab, which keeps your work; what you do here is gone when you leave",
    );
    return;
  }
  try {
    await restore();
  } catch (error) {
    notify(`What was open at your last visit can't be read: ${(error as Error).message}`, "error");
  }
  keepOnChange();
}

/** Whether this tab is the first; it stays so until it is closed. */
async function lockForThisTab(): Promise<boolean> {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    void navigator.locks.request("studio", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

async function restore(): Promise<void> {
  const file = await pixels.call("read", { path: PATH });
  if (!file) return;
  const text = await file.text();
  await openKept(await parsed(text));
}

/** Adds what a list names, whose files lie where what is kept lies, to what is open. */
async function openKept(kept: Kept): Promise<void> {
  if (kept.version !== 1) throw new Error("it was kept by a newer version of this page; reload it");
  for (const { id, ...network } of kept.networks) {
    const bytes = await pixels.call("read", { path: `networks/${id}` });
    if (bytes && !networks.value.some((known) => known.id === id))
      networks.value = [
        ...networks.value,
        { id, ...network, bytes: new Uint8Array(await bytes.arrayBuffer()) },
      ];
  }
  if (networks.value.some(({ id }) => id === kept.chosen) || kept.chosen?.startsWith("built-in-")) {
    chosenNetwork.value = kept.chosen;
  }
  ownOutput.value = kept.output;
  const missing: string[] = [];
  for (const { id, name, planes, address } of kept.images) {
    if (items.value.some((known) => known.id === id)) continue;
    const stored = address ? undefined : await pixels.call("read", { path: `images/${id}` });
    if (!stored && !address) {
      missing.push(name);
      continue;
    }
    try {
      const from = stored ? new File([stored], name, { type: stored.type }) : { zarr: address as string };
      const { info, thumbnail } = await pixels.call("open", { id, from, keep: false });
      items.value = [...items.value, { id, name, from, info, thumbnail, planes }];
      if (!current.value && (id === kept.current?.id || !kept.current)) {
        await show({ id, plane: id === kept.current?.id ? kept.current.plane : 0 });
      }
    } catch (error) {
      notify((error as Error).message, "error");
    }
  }
  if (!current.value && items.value.length > 0) await show({ id: items.value[0].id, plane: 0 });
  if (missing.length > 0) notify(`Open again, please: ${missing.join(", ")} could not be kept`, "error");
}

/** What the list says; one that can't be read is set aside, not lost. */
async function parsed(text: string): Promise<Kept> {
  try {
    return JSON.parse(text) as Kept;
  } catch {
    await pixels.call("write", { path: "project-damaged.json", content: text });
    throw new Error("the list is damaged; it was set aside, and a new one begins");
  }
}

/** What is open now, as it is kept. */
function kept(): Kept {
  return {
    version: 1,
    images: items.value.map(({ id, name, planes, from }) => ({
      id,
      name,
      planes,
      ...(!(from instanceof Blob) && typeof from.zarr === "string" && { address: from.zarr }),
    })),
    networks: networks.value.filter(({ builtIn }) => !builtIn).map(({ bytes: _, ...rest }) => rest),
    chosen: chosenNetwork.value,
    output: ownOutput.value,
    current: current.value,
  };
}

/** Everything as one file, which opens again here or on another computer. */
export async function takeProject(): Promise<void> {
  download("studio-project.zip", await pixels.call("packProject", { list: kept() }));
}

/** Opens a project file beside what is open; false where the zip is none. */
export async function openProject(file: File): Promise<boolean> {
  const list = (await pixels.call("unpackProject", { file })) as Kept | undefined;
  if (!list) return false;
  if (list.version !== 1) throw new Error(`${file.name} was made by a newer version of this page; reload it`);
  await openKept(list);
  return true;
}

/** Writes the list a moment after it has changed. */
function keepOnChange(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stored = new Set(networks.value.map(({ id }) => id));
  effect(() => {
    const list = kept();
    const fresh = networks.value.filter(({ id, builtIn }) => !builtIn && !stored.has(id));
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        for (const { id, bytes } of fresh) {
          stored.add(id);
          if (bytes) await pixels.call("write", { path: `networks/${id}`, content: bytes });
        }
        await pixels.call("write", { path: PATH, content: JSON.stringify(list) });
      } catch (error) {
        notify(`The list could not be kept for the next visit: ${(error as Error).message}`, "error");
      }
    }, 200);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flushLabels();
  });
  window.addEventListener("pagehide", flushLabels);
}
