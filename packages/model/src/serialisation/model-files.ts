import { ModelFormatError } from "../errors.js";
import { assertBytes, MAX_JSON_BYTES, type Manifest } from "./manifest.js";

/** The files of a model: `model.json`, and those of the weights that it names. */
export interface ModelFiles {
  /** What is being opened, for messages. */
  readonly where: string;
  readJson(): Promise<string>;
  /**
   * All weights in one.
   *
   * @throws ModelFormatError where they have not as many bytes as the manifest describes; no more are read
   */
  readWeights(manifest: Manifest): Promise<Uint8Array>;
}

/**
 * The files in a folder (Node). Only regular files are read, and no weights that a link leads to outside of it.
 *
 * @param path of the folder, or of its `model.json`
 */
export async function modelFolder(path: string): Promise<ModelFiles> {
  const node = await import("@unet/image/node");
  const { open, readFile, realpath, stat } = node.fs;
  const { isAbsolute, join, relative } = node.path;
  const folder = path.replace(/[\\/]?model\.json$/, "") || ".";
  const find = async (name: string): Promise<{ file: string; size: number }> => {
    try {
      const file = await realpath(join(folder, name));
      const status = await stat(file);
      if (!status.isFile()) throw new Error(`${join(folder, name)} is no file`);
      return { file, size: status.size };
    } catch (error) {
      const cause = error as NodeJS.ErrnoException;
      const problem = cause.code === "ENOENT" ? `${folder} holds no ${name}` : cause.message;
      throw new ModelFormatError(`loadModel: ${problem}; give the folder that saveModel wrote`, { cause });
    }
  };
  const findInside = async (name: string) => {
    const found = await find(name);
    const way = relative(await realpath(folder), found.file);
    if (!isAbsolute(way) && way.split(/[\\/]/)[0] !== "..") return found;
    throw new ModelFormatError(
      `loadModel: ${join(folder, name)} is a link out of its folder; put the file there`,
    );
  };
  return {
    where: folder,
    async readJson() {
      const { file, size } = await find("model.json");
      assertJsonSize(size, folder);
      return readFile(file, "utf8");
    },
    async readWeights(manifest) {
      const parts = await Promise.all(manifest.paths.map(findInside));
      const count = parts.reduce((sum, { size }) => sum + size, 0);
      assertBytes(count, manifest, folder);
      const bytes = new Uint8Array(count);
      let filled = 0;
      for (const { file, size } of parts) {
        const handle = await open(file, "r");
        try {
          for (const end = filled + size; filled < end; ) {
            const { bytesRead } = await handle.read(bytes, filled, Math.min(end - filled, 2 ** 30));
            if (bytesRead === 0) assertBytes(filled, manifest, folder);
            filled += bytesRead;
          }
        } finally {
          await handle.close();
        }
      }
      return bytes;
    },
  };
}

/** The files on a server, beside the `model.json` of that address, whose query is theirs too. */
export function servedModel(address: string): ModelFiles {
  const addressOf = (path: string): string => {
    const url = new URL(address);
    const folder = url.pathname.replace(/[^/]*$/, "");
    url.pathname = folder + path;
    if (url.pathname.startsWith(folder)) return url.href;
    throw new ModelFormatError(`${address}: model.json names weights outside its folder: "${path}"`);
  };
  return {
    where: address,
    async readJson() {
      const parts = await download(address, (count) => assertJsonSize(count, address));
      return new Blob(parts).text();
    },
    async readWeights(manifest) {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let count = 0;
      for (const path of manifest.paths) {
        const more = await download(addressOf(path), (size) => {
          if (count + size > manifest.bytes) assertBytes(count + size, manifest, address);
        });
        parts.push(...more);
        count += more.reduce((sum, { length }) => sum + length, 0);
      }
      assertBytes(count, manifest, address);
      return new Uint8Array(await new Blob(parts).arrayBuffer());
    },
  };
}

function assertJsonSize(bytes: number, where: string): void {
  if (bytes <= MAX_JSON_BYTES) return;
  throw new ModelFormatError(
    `${where}: model.json has ${bytes} bytes or more, ${MAX_JSON_BYTES} at most are read`,
  );
}

/** @param assertSize is told the size as far as it is known, and throws where that is too much */
async function download(
  address: string,
  assertSize: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new ModelFormatError(`loadModel: ${address} holds no model that can be read (${problem})`, {
      cause,
    });
  };
  const response = await fetch(address).catch((cause) => fail(cause.message, cause));
  if (!response.ok) fail(`${response.status} ${response.statusText}`.trim());
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body?.getReader();
  try {
    let size = 0;
    assertSize(Number(response.headers.get("content-length") ?? 0));
    for (;;) {
      const { value } = (await reader?.read().catch((cause) => fail(cause.message, cause))) ?? {};
      if (!value) return parts;
      size += value.length;
      assertSize(size);
      parts.push(value);
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}
