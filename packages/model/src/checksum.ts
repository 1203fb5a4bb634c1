/**
 * `sha256:` and the SHA-256 of the bytes in hexadecimal digits. Undefined where the browser computes none, which is on
 * pages that are served without TLS.
 */
export async function checksumOf(bytes: Uint8Array): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return `sha256:${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
