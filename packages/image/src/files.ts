/** Where an image comes from: a path in Node or a URL in the browser, a `URL`, a `Blob`, or bytes. */
export type ImageSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/** Whether this is Node, or a runtime with Node's files. */
const hasFiles = typeof process !== "undefined" && typeof process.versions?.node === "string";

/** All bytes of a source. */
export async function readBytes(source: ImageSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const remote = source instanceof URL ? source.protocol !== "file:" : !hasFiles || /^https?:/.test(source);
  if (remote) {
    const response = await fetch(source);
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const { readFile } = await import("node:fs/promises");
  return readFile(source);
}

/** What to call a source in a message. */
export function nameOf(source: ImageSource): string {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  if (source instanceof Blob && "name" in source) return String(source.name);
  return `an image of ${source instanceof Blob ? source.size : source.byteLength} bytes`;
}

/** Writes a file under a temporary name beside it, then renames it, so that it is never half-written. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const { rename, rm, writeFile } = await import("node:fs/promises");
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
