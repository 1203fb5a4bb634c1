import { expect, test } from "vitest";
import { EXPECTED_HASH, hashOfTiles } from "./tile-hash.js";

test("100 tiles have the same bits in Node as in the browser", () => {
  expect(hashOfTiles()).toBe(EXPECTED_HASH);
});
