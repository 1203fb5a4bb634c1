import type { Folder } from "./folder.js";

/**
 * The files that a person chose in a browser, by `<input type="file" webkitdirectory>` or by dropping a
 * folder. The chosen folder's own name, with which the browser starts every path, is left off.
 *
 * @param path what to call it in messages
 */
export function filesFolder(files: Iterable<File>, path = "the chosen files"): Folder {
  const byPath = new Map<string, File>();
  for (const file of files) {
    const whole = file.webkitRelativePath;
    byPath.set(whole ? whole.slice(whole.indexOf("/") + 1) : file.name, file);
  }
  return {
    path,
    list: async () => [...byPath.keys()],
    read: async (file) => byPath.get(file) as File,
  };
}

/**
 * Files on a server, which can't be asked what it has: `list` says so.
 *
 * @param base the address of the folder; relative ones are taken from the page's
 * @param list the paths of its files, with "/" between their parts
 */
export function urlFolder(base: string | URL, list: Iterable<string>): Folder {
  const address = new URL(base, globalThis.location?.href).href.replace(/\/?$/, "/");
  const files = [...list];
  return {
    path: address.slice(0, -1),
    list: async () => files,
    read: async (file) => new URL(file.split("/").map(encodeURIComponent).join("/"), address),
  };
}

/** The folder behind a handle of the File System Access API (`showDirectoryPicker`, or the private file system). */
export function directoryFolder(handle: FileSystemDirectoryHandle): Folder {
  return {
    path: handle.name,
    list: () => listHandle(handle, ""),
    async read(file) {
      const parts = file.split("/");
      const name = parts.pop() as string;
      let folder = handle;
      for (const part of parts) folder = await folder.getDirectoryHandle(part);
      return (await folder.getFileHandle(name)).getFile();
    },
  };
}

async function listHandle(handle: FileSystemDirectoryHandle, prefix: string): Promise<string[]> {
  const files: string[] = [];
  for await (const [name, entry] of handle.entries()) {
    if (entry.kind === "file") files.push(prefix + name);
    else files.push(...(await listHandle(entry as FileSystemDirectoryHandle, `${prefix}${name}/`)));
  }
  return files;
}
