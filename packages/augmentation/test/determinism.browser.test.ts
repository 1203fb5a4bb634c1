import { expect, test } from "vitest";
import { EXPECTED_HASH, hashOfTiles } from "./tile-hash.js";

test("100 tiles have the same bits in the browser as in Node", () => {
  expect(hashOfTiles()).toBe(EXPECTED_HASH);
});
