import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { networkChecksum, plainTask } from "@unet/inference";
import { createUNet } from "@unet/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identifier, shortened } from "../src/predict/identity.js";

let folder: string;
beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "unet-identity-"));
});
afterAll(() => rm(folder, { recursive: true }));

const options = { task: plainTask, tta: "none", backend: "cpu" };

test("an image is known by its size and time, a Zarr by those of its files, the rest by its value", async () => {
  const model = createUNet({ depth: 1, filters: 1, seed: 1 });
  const image = join(folder, "a.tif");
  await writeFile(image, "pixels");
  await utimes(image, 1000, 1000);
  const of = async (path: string, more = {}, page = 0) =>
    identifier([await networkChecksum(model)], { ...options, ...more })(path, page);
  const first = await of(image);
  expect(await of(image)).toEqual(first);
  expect(shortened(await of(image))).toBe(shortened(first));
  expect(await of(image, { z: [0, 2], tileSize: 64 }, 3)).toEqual({
    ...first,
    z: "0,2",
    tile: "64",
    page: "3",
  });
  await utimes(image, 1000, 1001);
  const touched = await of(image);
  expect(touched.source).not.toBe(first.source);
  await writeFile(image, "other pixels");
  await utimes(image, 1000, 1001);
  expect((await of(image)).source).not.toBe(touched.source);
  expect((await of(image)).model).toBe(first.model);

  const zarr = join(folder, "b.zarr");
  await mkdir(join(zarr, "0/c"), { recursive: true });
  for (const file of ["zarr.json", "0/c/0"]) {
    await writeFile(join(zarr, file), "{}");
    await utimes(join(zarr, file), 1000, 1000);
  }
  const before = await of(zarr);
  expect(await of(zarr)).toEqual(before);
  await utimes(join(zarr, "0/c/0"), 1000, 1001);
  expect((await of(zarr)).source).not.toBe(before.source);
  await rename(zarr, join(folder, "c.zarr"));
  expect((await of(join(folder, "c.zarr"))).source).not.toBe(before.source);
  expect(await readFile(join(folder, "c.zarr/0/c/0"), "utf8")).toBe("{}");
  model.dispose();
});

test("an address is known by what its server says of it, a Zarr's by its metadata; no pixels are asked for", async () => {
  const model = createUNet({ depth: 1, filters: 1, seed: 1 });
  let headers: Record<string, string> = {};
  let metadata = "{}";
  const asked: string[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    const found = url === "/a.tif?key=1" || url === "/b.zarr/zarr.json";
    response
      .writeHead(found ? 200 : 404, found ? headers : {})
      .end(url === "/b.zarr/zarr.json" ? metadata : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sourceOf = async (path: string) =>
    (await identifier([await networkChecksum(model)], options)(`${base}/${path}`, 0)).source;
  try {
    const different = new Set<string>();
    for (const said of [
      {},
      { etag: '"1"' },
      { etag: '"2"' },
      { "last-modified": "Mon, 04 May 2026 10:00:00 GMT" },
      { "content-length": "12" },
    ]) {
      headers = said as Record<string, string>;
      different.add(await sourceOf("a.tif?key=1"));
      expect(await sourceOf("a.tif?key=1")).toBe([...different].at(-1));
    }
    expect(different.size).toBe(5);
    expect(new Set(asked)).toEqual(new Set(["HEAD /a.tif?key=1"]));

    headers = { etag: '"1"' };
    asked.length = 0;
    const zarr = await sourceOf("b.zarr/");
    expect(await sourceOf("b.zarr/")).toBe(zarr);
    const files = ["zarr.json", "0/zarr.json", ".zattrs", ".zarray", "0/.zarray"];
    expect(new Set(asked)).toEqual(new Set(files.map((file) => `GET /b.zarr/${file}`)));
    // Some servers say nothing of what they serve.
    metadata = '{"a":1}';
    headers = {};
    const other = await sourceOf("b.zarr/");
    metadata = '{"a":2}';
    expect(new Set([zarr, other, await sourceOf("b.zarr/")]).size).toBe(3);
  } finally {
    server.close();
    model.dispose();
  }
});
