/** Where the page keeps its things: the origin's private file system. Absent in some private windows. */
async function root(): Promise<FileSystemDirectoryHandle> {
  if (!navigator.storage?.getDirectory) throw new Error("this browser keeps no files for pages");
  return navigator.storage.getDirectory();
}

async function fileAt(path: string, create: boolean): Promise<FileSystemFileHandle> {
  const parts = path.split("/");
  const name = parts.pop() as string;
  let folder = await root();
  for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
  return folder.getFileHandle(name, { create });
}

/** Writes a file that appears whole or not at all. */
export async function writeStored(path: string, content: Blob | BufferSource | string): Promise<void> {
  const handle = await fileAt(path, true);
  const writable = await handle.createWritable();
  try {
    await writable.write(content);
  } catch (error) {
    await writable.abort().catch(() => {});
    throw error;
  }
  await writable.close();
}

/** Reads a file; nothing where there is none. */
export async function readStored(path: string): Promise<File | undefined> {
  try {
    return await (await fileAt(path, false)).getFile();
  } catch {
    return undefined;
  }
}

/** Removes a file or a folder with all that it holds. */
export async function removeStored(path: string): Promise<void> {
  const parts = path.split("/");
  const name = parts.pop() as string;
  try {
    let folder = await root();
    for (const part of parts) folder = await folder.getDirectoryHandle(part);
    await folder.removeEntry(name, { recursive: true });
  } catch {
    // It is not there.
  }
}
