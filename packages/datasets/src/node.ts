import { DatasetError } from "./errors.js";
import type { Folder } from "./folder.js";

/**
 * A folder of the file system. Nothing is read until it is asked for.
 *
 * @throws DatasetError, when it is listed, if there is no such folder
 */
export function nodeFolder(path: string): Folder {
  return {
    path,
    async list() {
      const { readdir } = await import("node:fs/promises");
      const { join, relative, sep } = await import("node:path");
      try {
        const entries = await readdir(path, { recursive: true, withFileTypes: true });
        return entries
          .filter((entry) => !entry.isDirectory())
          .map((entry) =>
            relative(path, join(entry.parentPath ?? entry.path, entry.name))
              .split(sep)
              .join("/"),
          );
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        const reason = { ENOENT: "there is no such folder", ENOTDIR: "it is a file, not a folder" }[
          code ?? ""
        ];
        throw new DatasetError(`Can't read the folder ${path}: ${reason ?? (cause as Error).message}`, {
          cause,
        });
      }
    },
    async read(file) {
      const { join } = await import("node:path");
      return join(path, file);
    },
  };
}
