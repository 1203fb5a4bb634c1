// Node's own modules that isomorphic code uses, after it has found itself in Node.
export { default as childProcess } from "node:child_process";
export { default as crypto } from "node:crypto";
export { default as fsSync } from "node:fs";
export { default as fs } from "node:fs/promises";
export { default as modules } from "node:module";
export { default as os } from "node:os";
export { default as path } from "node:path";
export { default as url } from "node:url";
export { default as util } from "node:util";
export { default as workerThreads } from "node:worker_threads";
export { default as zlib } from "node:zlib";
