/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), the checksum of Zarr's codec `crc32c` and of its shards. Eight
 * bytes are taken at a time ("slicing by 8", Kounavis and Berry 2005), as two words, which are little-endian as typed
 * arrays are on all machines in use.
 */
export function crc32c(given: Uint8Array): number {
  const bytes = given.byteOffset % 4 === 0 ? given : given.slice();
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const pairs = words.length >> 1;
  let crc = -1;
  for (let i = 0; i < 2 * pairs; i += 2) {
    const first = crc ^ words[i];
    const second = words[i + 1];
    crc =
      TABLES[1792 + (first & 0xff)] ^
      TABLES[1536 + ((first >>> 8) & 0xff)] ^
      TABLES[1280 + ((first >>> 16) & 0xff)] ^
      TABLES[1024 + (first >>> 24)] ^
      TABLES[768 + (second & 0xff)] ^
      TABLES[512 + ((second >>> 8) & 0xff)] ^
      TABLES[256 + ((second >>> 16) & 0xff)] ^
      TABLES[second >>> 24];
  }
  for (let i = 8 * pairs; i < bytes.length; i++) crc = TABLES[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** At 256 · k + byte: what a byte does to the checksum that k zeros follow. */
const TABLES = tables();

function tables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    made[byte] = crc;
  }
  for (let i = 256; i < made.length; i++) made[i] = made[made[i - 256] & 0xff] ^ (made[i - 256] >>> 8);
  return made;
}
