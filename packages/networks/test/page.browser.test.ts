import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type LoadProgress, loadNetwork } from "../src/index.js";
import { nuclei } from "../src/nuclei.js";
import { difference, type Example } from "./examples.js";
import membranesExample from "./fixtures/membranes.json" with { type: "json" };
import nucleiExample from "./fixtures/nuclei.json" with { type: "json" };

beforeAll(() => useBackend({ prefer: ["simd"] }));
afterEach(() => vi.restoreAllMocks());

test.each([
  ["nuclei", nucleiExample],
  ["membranes", membranesExample],
] as const)("%s finds in a page what it finds in Node", async (name, example) => {
  expect(example.objects).toBeGreaterThan(3);
  const { objects, share } = await difference(name, example as Example);
  expect(objects).toBe(example.objects);
  // at ties sums in another order decide otherwise
  expect(share).toBeLessThan(1e-3);
});

test("weights come once with progress, then from the browser's cache: offline, too", async () => {
  await caches.delete("@unet/networks");
  const { bytes: total } = nuclei.card.file;
  const told: LoadProgress[] = [];
  const onProgress = (progress: LoadProgress) => told.push(progress);
  (await loadNetwork("nuclei", { onProgress })).dispose();
  expect(told.length).toBeGreaterThan(0);
  expect(told.at(-1)).toEqual({ loaded: total, total });

  const offline = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("Failed to fetch"));
  const before = tf.memory().numTensors;
  told.length = 0;
  (await loadNetwork("nuclei", { onProgress })).dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(told).toEqual([{ loaded: total, total }]);
  expect(offline).not.toHaveBeenCalled();

  // what the cache has is not believed either
  const cache = await caches.open("@unet/networks");
  const [key] = await cache.keys();
  await cache.put(key, new Response(new Uint8Array(total)));
  await expect(loadNetwork("nuclei")).rejects.toThrow(/can't be read from .*nuclei\.bin.*Failed to fetch/);
  vi.restoreAllMocks();
  (await loadNetwork("nuclei")).dispose();
  const again = new Uint8Array(await (await cache.match(key))!.arrayBuffer());
  expect(again.some((byte) => byte !== 0)).toBe(true);
});

test("weights of another version give way in the cache", async () => {
  await caches.delete("@unet/networks");
  const old = "https://unet.invalid/networks/nuclei/sha256-0";
  await (await caches.open("@unet/networks")).put(old, new Response("old"));
  (await loadNetwork("nuclei")).dispose();
  const kept = (await (await caches.open("@unet/networks")).keys()).map(({ url }) => url);
  expect(kept.filter((url) => url.includes("/nuclei/"))).toEqual([
    `https://unet.invalid/networks/nuclei/${nuclei.card.file.checksum.replace(":", "-")}`,
  ]);
});
