import { expect, test } from "vitest";
import { crc32c } from "../src/zarr/crc32c.js";

/** By its definition, a bit at a time. */
function bitByBit(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test("the check value of the catalogue of CRC algorithms", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

test("any length, from any place in memory", () => {
  const memory = Uint8Array.from({ length: 80 }, (_, i) => (i * 151 + 7) & 0xff);
  for (let from = 0; from < 9; from++) {
    for (let length = 0; length < 40; length++) {
      const bytes = memory.subarray(from, from + length);
      expect(crc32c(bytes), `${length} bytes from ${from}`).toBe(bitByBit(bytes));
    }
  }
});
