/**
 * Writing files and folders that are whole or not there, and locks: what needs Node.
 *
 * @module
 */

export { type LockOptions, lock } from "./node/lock.js";
export { leftoversIn, removeLeftovers, temporaryFor } from "./node/temporary.js";
export { UnwritableError } from "./node/unwritable.js";
export { openWhole, type WholeFile, writeWhole } from "./node/whole-file.js";
export { flushFolder, writeFolder } from "./node/whole-folder.js";
