import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { checksumOf } from "../src/serialisation/checksum.js";

test.each([0, 3, 2 ** 26, 2 ** 26 + 5])("the SHA-256 of %i bytes, by pieces", async (length) => {
  const bytes = new Uint8Array(length).fill(7, length >> 1);
  const whole = createHash("sha256").update(bytes).digest("hex");
  expect(await checksumOf(bytes)).toBe(`sha256:${whole}`);
});
