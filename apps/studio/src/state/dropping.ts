import type { Placed } from "../workers/annotated.js";
import { openFiles } from "./opening.js";

/** Opens what is dropped anywhere on the page, folders too, and pictures that are pasted. */
export function followDrops(): void {
  const over = (on: boolean) => document.body.classList.toggle("dropping", on);
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  window.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(false);
    // Entries can be asked for only while the event lasts.
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    const files = [...(event.dataTransfer?.files ?? [])];
    const isFolder = entries.some((entry) => entry?.isDirectory);
    if (!isFolder) return openFiles(files);
    const placed = (await Promise.all(entries.map((entry) => (entry ? filesIn(entry) : [])))).flat();
    await openFiles(
      placed.map(({ file }) => file),
      placed,
    );
  });
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void openFiles(files);
  });
}

async function filesIn(entry: FileSystemEntry): Promise<Placed[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: Placed[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    for (const each of some) if (!/^\.(?!z)/.test(each.name)) files.push(...(await filesIn(each)));
  }
  return files.sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}
