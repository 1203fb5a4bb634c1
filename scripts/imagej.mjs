// Brings ImageJ into `.tools/`, for the test that opens our files with it: `node scripts/imagej.mjs`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const version = "1.54p";
const sha256 = "2e1a09961dfb41cee66ddc821b2577a41a072566ce45a49bae69267099741e20";
const jar = fileURLToPath(new URL(`../.tools/ij-${version}.jar`, import.meta.url));

// A download that was interrupted is made again.
if (!existsSync(jar) || checksumOf(readFileSync(jar)) !== sha256) {
  const address = `https://repo1.maven.org/maven2/net/imagej/ij/${version}/ij-${version}.jar`;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const found = checksumOf(bytes);
  if (found !== sha256) throw new Error(`${address} has SHA-256 ${found}, not ${sha256}`);
  mkdirSync(dirname(jar), { recursive: true });
  writeFileSync(jar, bytes);
}
console.log(jar);

function checksumOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
