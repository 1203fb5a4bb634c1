/** How much a digest takes at once, bytes: a call for 2 GiB or more is refused. */
const PIECE = 2 ** 26;

/**
 * `sha256:` and the SHA-256 of the bytes in hexadecimal digits. Undefined where the browser computes none, which is on
 * pages that are served without TLS, and for more than it takes at once, often 2 GiB. Node takes any number.
 */
export async function checksumOf(bytes: Uint8Array): Promise<string | undefined> {
  const digits = await (inNode() ? digestInNode(bytes) : digestInBrowser(bytes));
  return digits && `sha256:${digits}`;
}

function inNode(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string";
}

async function digestInNode(bytes: Uint8Array): Promise<string> {
  const { createHash } = (await import("@unet/image/node")).crypto;
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE));
  return hash.digest("hex");
}

async function digestInBrowser(bytes: Uint8Array): Promise<string | undefined> {
  const digest = await globalThis.crypto?.subtle
    ?.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)
    .catch(() => undefined);
  return digest && Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
