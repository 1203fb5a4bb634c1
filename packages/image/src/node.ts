/**
 * Writing files and folders that are whole or not there, and locks: what needs Node.
 *
 * It is also the one door to Node's own modules, which no other module of a package that runs in browsers may name.
 * A build for the browser finds `no-node.ts` in its place.
 *
 * @module
 */

export { type LockOptions, lock } from "./node/lock.js";
export {
  childProcess,
  crypto,
  fs,
  fsSync,
  modules,
  os,
  path,
  url,
  util,
  workerThreads,
  zlib,
} from "./node/modules.js";
export { leftoversIn, removeLeftovers, temporaryFor } from "./node/temporary.js";
export { UnwritableError } from "./node/unwritable.js";
export { openWhole, type WholeFile, writeWhole } from "./node/whole-file.js";
export { flushFolder, writeFolder } from "./node/whole-folder.js";
