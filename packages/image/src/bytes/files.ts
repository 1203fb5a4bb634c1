/** Where an image comes from: a path in Node or a URL in the browser, a `URL`, a `Blob`, or bytes. */
export type ImageSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/** Whether this is Node, or another runtime with Node's files. */
const hasFiles = typeof process !== "undefined" && typeof process.versions?.node === "string";

/** All bytes of a source. */
export async function readBytes(source: ImageSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (isRemote(source)) {
    const response = await fetch(source);
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const { readFile } = (await import("@unet/image/node")).fs;
  return readFile(source);
}

/** Whether an address is not that of a file. */
export function isRemote(source: string | URL): boolean {
  return source instanceof URL ? source.protocol !== "file:" : !hasFiles || /^https?:/.test(source);
}

/** What to call a source in a message. */
export function nameOf(source: ImageSource): string {
  if (typeof source === "string") return shortened(source);
  if (source instanceof URL) return shortened(source.href);
  if (source instanceof Blob && "name" in source) return String(source.name);
  return `an image of ${source instanceof Blob ? source.size : source.byteLength} bytes`;
}

/** Addresses that hold the whole image (`data:`) are no name. */
function shortened(address: string): string {
  return address.startsWith("data:") ? `${address.slice(0, 40)}…` : address;
}

/**
 * Writes a file that appears whole or not at all.
 *
 * @param where the function that was given the path, for the message
 * @throws TypeError where there is no file system
 */
export async function writeBytes(path: string, bytes: Uint8Array, where: string): Promise<void> {
  if (!hasFiles) {
    throw new TypeError(
      `${where}: there are no files here to write ${path}; encodePng and encodeTiff give bytes`,
    );
  }
  const { writeWhole } = await import("@unet/image/node");
  await writeWhole(path, bytes);
}
