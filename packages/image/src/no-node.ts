/**
 * What stands for `@unet/image/node` in a build for the browser: whatever is called says that it needs Node.
 *
 * @module
 */

export const childProcess = closed("childProcess");
export const crypto = closed("crypto");
export const flushFolder = closed("flushFolder");
export const fs = closed("fs");
export const fsSync = closed("fsSync");
export const leftoversIn = closed("leftoversIn");
export const lock = closed("lock");
export const modules = closed("modules");
export const openWhole = closed("openWhole");
export const os = closed("os");
export const path = closed("path");
export const removeLeftovers = closed("removeLeftovers");
export const temporaryFor = closed("temporaryFor");
export const url = closed("url");
export const util = closed("util");
export const workerThreads = closed("workerThreads");
export const writeFolder = closed("writeFolder");
export const writeWhole = closed("writeWhole");
export const zlib = closed("zlib");

/** Nothing is written here, so nothing throws it. */
export class UnwritableError extends Error {
  override name = "UnwritableError";
}

/** A function, and a module of functions, each of which throws. */
function closed(name: string): unknown {
  return new Proxy(() => {}, {
    get: (_, property) => closed(`${name}.${String(property)}`),
    apply() {
      throw new TypeError(`${name} of @unet/image/node needs Node; this is a build for the browser`);
    },
  });
}
