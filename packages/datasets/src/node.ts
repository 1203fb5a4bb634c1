import { DatasetError } from "./errors.js";
import type { Folder } from "./files/folder.js";

/**
 * A folder of the file system. Nothing is read until it is asked for.
 *
 * @throws DatasetError, when it is listed, if there is no such folder
 */
export function nodeFolder(path: string): Folder {
  return {
    path,
    async list() {
      const { fs, path: paths } = await import("@unet/image/node");
      const { join, relative, sep } = paths;
      try {
        const entries = await fs.readdir(path, { recursive: true, withFileTypes: true });
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
      const { join } = (await import("@unet/image/node")).path;
      return join(path, file);
    },
  };
}
