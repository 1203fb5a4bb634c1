import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import type { Image } from "@unet/image";
import { segment, taskOf } from "@unet/inference";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findNetwork,
  installedNetworks,
  type LoadProgress,
  loadNetwork,
  type Network,
  NetworkWeightsError,
  networkNames,
} from "../src/index.js";
import { load, nuclei } from "../src/nuclei.js";
import { difference, type Example } from "./examples.js";

let networks: Network[];
let weights: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  await useBackend({ prefer: ["simd"] });
  networks = await installedNetworks();
  weights = new Uint8Array(await readFile(nuclei.weights));
});

/** Bright discs of several sizes and brightnesses on a dark, noisy ground. */
function discs(count: number): Image<Uint8Array> {
  const [columns, cell] = [4, 64];
  const [width, height] = [columns * cell, cell * Math.ceil(count / columns)];
  const data = new Uint8Array(width * height).map((_, i) => 12 + ((i * 7919) % 5));
  for (let disc = 0; disc < count; disc++) {
    const [cx, cy] = [cell * ((disc % columns) + 0.5), cell * (Math.floor(disc / columns) + 0.5)];
    const radius = 7 + (disc % 5) * 2;
    for (let i = 0; i < data.length; i++) {
      const distance = Math.hypot((i % width) - cx, Math.floor(i / width) - cy);
      const inside = Math.min(1, Math.max(0, radius - distance + 0.5));
      data[i] += Math.round(inside * (70 + 15 * (disc % 4)));
    }
  }
  return { width, height, channels: 1, data };
}

describe("loadNetwork", () => {
  test("nuclei counts discs, by its own task, and leaves no tensors", async () => {
    const before = tf.memory().numTensors;
    const model = await loadNetwork("nuclei");
    expect(taskOf(model)).toEqual(nuclei.card.task);
    const { table, task } = await segment(discs(12), model);
    expect(task.aim).toBe("instances");
    expect(table.length).toBe(12);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("takes bytes, buffers, paths as URLs, the network itself, and its subpath", async () => {
    const first = async (loading: ReturnType<typeof loadNetwork>) => {
      const model = await loading;
      const values = model.getWeights()[0].dataSync().slice();
      model.dispose();
      return values;
    };
    const expected = await first(loadNetwork("nuclei"));
    // a part of a larger buffer, as Node's own reads give
    const part = new Uint8Array(weights.length + 3).subarray(3);
    part.set(weights);
    for (const given of [weights, part, weights.slice().buffer, nuclei.weights, nuclei.weights.href]) {
      expect(await first(loadNetwork("nuclei", { weights: given }))).toEqual(expected);
    }
    expect(await first(loadNetwork(nuclei))).toEqual(expected);
    expect(await first(load())).toEqual(expected);
  });

  test("tells of a file when it is read", async () => {
    const told: LoadProgress[] = [];
    (await loadNetwork("nuclei", { onProgress: (progress) => told.push(progress) })).dispose();
    expect(told).toEqual([{ loaded: weights.length, total: weights.length }]);
  });

  test("weights that are damaged, cut or of another network are refused", async () => {
    const damaged = weights.slice();
    damaged[weights.length >> 1] ^= 4;
    const refused = async (given: Uint8Array | URL, message: string) => {
      const loading = loadNetwork("nuclei", { weights: given });
      await expect(loading).rejects.toThrow(NetworkWeightsError);
      await expect(loading).rejects.toThrow(message);
    };
    const not = 'not the weights of "nuclei" in this version, or damaged';
    await refused(damaged, `loadNetwork: the weights that were given: ${not}: sha256:`);
    await refused(weights.subarray(1), `${weights.length - 1} bytes, ${weights.length} expected`);
    await refused((await findNetwork("membranes")).weights, `membranes.bin: ${not}`);
    await refused(
      new URL("../weights/none.bin", import.meta.url),
      'the weights of "nuclei" can\'t be read from',
    );
    await expect(loadNetwork("nuclei", { weights: "http://" })).rejects.toThrow("must be a URL or bytes");
  });

  test("a name that is none is refused with those that there are", async () => {
    const loading = loadNetwork("nuclej" as never);
    await expect(loading).rejects.toThrow(
      `loadNetwork: there is no network "nuclej"; there are ${networkNames.join(", ")}`,
    );
    await expect(loading).rejects.toThrow(RangeError);
  });
});

describe("from a server", () => {
  let server: Server;
  let asked: string[] = [];
  const addressOf = (path: string) => `http://localhost:${(server.address() as AddressInfo).port}/${path}`;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url as string);
      if (request.url === "/none") response.writeHead(404, "Not Found").end();
      else if (request.url === "/long") response.end(Buffer.concat([weights, Buffer.alloc(10)]));
      else if (request.url === "/short") response.end(weights.subarray(0, 1000));
      else if (request.url === "/slow") response.write(weights.subarray(0, 1000));
      else response.end(weights);
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
  });
  afterAll(() => server.closeAllConnections());

  test("they come with progress", async () => {
    const told: LoadProgress[] = [];
    const onProgress = (progress: LoadProgress) => told.push(progress);
    (await loadNetwork("nuclei", { weights: addressOf("weights"), onProgress })).dispose();
    expect(told.length).toBeGreaterThan(1);
    expect(told.every(({ total }) => total === weights.length)).toBe(true);
    const loaded = told.map((each) => each.loaded);
    expect(loaded).toEqual([...new Set(loaded)].sort((a, b) => a - b));
    expect(loaded.at(-1)).toBe(weights.length);
  });

  test.each([
    ["none", "(404 Not Found)"],
    ["long", "it has more than the"],
    ["short", "it ends after 1000 of"],
  ])("what is %s is refused", async (path, message) => {
    const loading = loadNetwork("nuclei", { weights: addressOf(path) });
    await expect(loading).rejects.toThrow(NetworkWeightsError);
    await expect(loading).rejects.toThrow(message);
  });

  test("a signal ends it, before it begins and in the middle", async () => {
    asked = [];
    const before = loadNetwork("nuclei", { weights: addressOf("weights"), signal: AbortSignal.abort() });
    await expect(before).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    expect(asked).toEqual([]);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const amid = loadNetwork("nuclei", { weights: addressOf("slow"), signal: controller.signal, onProgress });
    await expect(amid).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
  });
});

describe("every network", () => {
  test("is one of the names", () => expect(networks.map(({ name }) => name)).toEqual(networkNames));

  test("has the file that its card describes, in at most 5 MB", async () => {
    for (const { name, card, weights } of networks) {
      const bytes = await readFile(weights);
      expect(card.name).toBe(name);
      expect((await stat(weights)).size).toBe(card.file.bytes);
      expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(card.file.checksum);
      expect(card.file.bytes).toBeLessThanOrEqual(5e6);
    }
  });

  test("loses less than 0.002 of a score by its 16 bits", () => {
    for (const { name, card } of networks) expect(card.float16.lost, name).toBeLessThan(0.002);
  });

  test("has scores within their intervals, and says what its data's licence is", () => {
    for (const { card } of networks) {
      const scores = Object.values(card.scores.measures);
      expect(scores.length).toBeGreaterThan(1);
      for (const { value, low, high } of scores)
        expect(low <= value && value <= high && high <= 1).toBe(true);
      expect(card.data.licence).toMatch(/./);
    }
  });

  test("finds in its example what it found when it was made", async () => {
    for (const name of networkNames) {
      const example: Example = JSON.parse(
        await readFile(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"),
      );
      const { objects, share } = await difference(name, example);
      expect(objects, name).toBe(example.objects);
      expect(share, name).toBeLessThan(1e-3);
    }
  });
});
