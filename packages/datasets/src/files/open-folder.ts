import { DatasetError } from "../errors.js";
import type { Folder } from "./folder.js";

/**
 * The folder itself, or the one on disk that a path names.
 *
 * @throws DatasetError for a path where there is no file system
 */
export async function openFolder(folder: string | Folder): Promise<Folder> {
  if (typeof folder !== "string") return folder;
  if (!globalThis.process?.versions?.node) {
    throw new DatasetError(
      `Can't read the path ${folder} in a browser: give filesFolder(files), directoryFolder(handle) or urlFolder(base, list) instead`,
    );
  }
  const { nodeFolder } = await import("../node.js");
  return nodeFolder(folder);
}
