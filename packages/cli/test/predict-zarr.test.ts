import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { readStack } from "@unet/image";
import { openZarr } from "@unet/inference/zarr";
import { createUNet, saveModel } from "@unet/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captured } from "./run-unet.js";

const [width, height] = [24, 20];
let folder: string;
const { errors } = captured();
const named = (name: string) => join(folder, name);

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await mkdtemp(join(tmpdir(), "unet-predict-zarr-"));
  await tf.setBackend("cpu");
  const model = createUNet({ depth: 1, filters: 1, padding: "same", seed: 3 });
  await saveModel(model, named("model"));
  model.dispose();
  await writeAll("stack.zarr", files());
});
afterAll(() => rm(folder, { recursive: true }));

/** An OME-Zarr 0.4 of two times, one channel and three depths, a chunk each plane. */
function files(): Map<string, Uint8Array> {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const space = (name: string) => ({ name, type: "space", unit: "micrometer" });
  const axes = [{ name: "t", type: "time" }, { name: "c", type: "channel" }, ...["z", "y", "x"].map(space)];
  const coordinateTransformations = [{ type: "scale", scale: [1, 1, 2, 0.5, 0.25] }];
  const datasets = [{ path: "0", coordinateTransformations }];
  const array = {
    ...{ zarr_format: 2, shape: [2, 1, 3, height, width], chunks: [1, 1, 1, height, width], dtype: "|u1" },
    ...{ fill_value: 0, order: "C", filters: null, compressor: null, dimension_separator: "/" },
  };
  const all = new Map([
    [".zgroup", text({ zarr_format: 2 })],
    [".zattrs", text({ multiscales: [{ version: "0.4", axes, datasets }] })],
    ["0/.zarray", text(array)],
  ]);
  for (let page = 0; page < 6; page++) {
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => (i * (page + 3)) % 200);
    all.set(`0/${Math.floor(page / 3)}/0/${page % 3}/0/0`, pixels);
  }
  return all;
}

async function writeAll(name: string, all: Map<string, Uint8Array>): Promise<void> {
  for (const [key, bytes] of all) {
    await mkdir(dirname(join(named(name), key)), { recursive: true });
    await writeFile(join(named(name), key), bytes);
  }
}

const predict = (image: string, ...more: string[]) => main(["predict", named("model"), image, ...more]);

test("a stack in OME-Zarr gives a stack; a plane that is chosen gives that one, with its pixel size", async () => {
  expect(await predict(named("stack.zarr"), "--out", named("stack.tif"))).toBe(0);
  const stack = await readStack(named("stack.tif"));
  expect(stack).toHaveLength(6);
  expect(await predict(named("stack.zarr"), "--out", named("one.zarr"), "--t", "1", "--z", "2")).toBe(0);
  const one = await openZarr(named("one.zarr"));
  expect(one).toMatchObject({ length: 1, width, height, pixelSize: { x: 0.25, y: 0.5, unit: "µm" } });
  const { data } = await one.plane(0).read({ x: 0, y: 0, width, height });
  expect(data).toEqual(stack[5].data);
  expect(data).not.toEqual(stack[0].data);

  expect(await predict(named("stack.zarr"), "--out", named("all.zarr"))).not.toBe(0);
  expect(errors.join("")).toContain("all.zarr can't hold 6 pages");
  expect(await predict(named("stack.zarr"), "--out", named("none.tif"), "--z", "3")).not.toBe(0);
  expect(errors.join("")).toContain("its z goes from 0 to 2; 3 was asked for");
});

test("a damaged chunk is an error that names it, and nothing is written", async () => {
  const damaged = files().set("0/1/0/0/0/0", new Uint8Array(10));
  await writeAll("damaged.zarr", damaged);
  expect(await predict(named("damaged.zarr"), "--out", named("damaged.tif"))).toBe(1);
  expect(errors.join("")).toContain("damaged.zarr: chunk 0/1/0/0/0/0: it has 10 bytes of pixels");
  expect(existsSync(named("damaged.tif"))).toBe(false);
});

test("chunks that a server forbids are an error, or absent by an option, which says how many", async () => {
  const all = files();
  all.delete("0/0/0/1/0/0");
  const server = createServer((request, response) => {
    const found = all.get(request.url!.slice("/far.zarr/".length));
    response.writeHead(found ? 200 : 403).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/far.zarr`;
  try {
    expect(await predict(address, "--out", named("far.tif"))).toBe(1);
    expect(errors.join("")).toContain("far.zarr: chunk 0/0/0/1/0/0: its server answers 403 Forbidden");
    expect(errors.join("")).toContain("--forbidden-is-absent takes them as absent");
    errors.length = 0;
    expect(await predict(address, "--out", named("far.tif"), "--forbidden-is-absent")).toBe(0);
    expect(errors.join("").replace(/\s+/g, " ")).toContain(
      "far.zarr: chunks taken as absent because its server forbids to read them: 1",
    );
    expect(await readStack(named("far.tif"))).toHaveLength(6);
  } finally {
    server.close();
  }
});

test("a zipped Zarr is named", async () => {
  await writeFile(named("a.zarr.zip"), "PK");
  expect(await predict(named("a.zarr.zip"), "--out", named("zipped.tif"))).toBe(1);
  expect(errors.join("")).toContain("a.zarr.zip: it is a zipped Zarr, which isn't read; unpack it");
});

test("a chunk that is too large is refused in the command's words", async () => {
  const array = JSON.parse(new TextDecoder().decode(files().get("0/.zarray")));
  const huge = { ...array, shape: [1, 1, 1, 60000, 60000], chunks: [1, 1, 1, 60000, 60000] };
  await writeAll("huge.zarr", files().set("0/.zarray", new TextEncoder().encode(JSON.stringify(huge))));
  expect(await predict(named("huge.zarr"), "--out", named("huge.tif"))).toBe(1);
  expect(errors.join("")).toContain(
    "are more than --max-pixels, 67108864; raise --max-pixels if that is meant",
  );
});

const shared = fileURLToPath(new URL("../../../../shared/cases/ome4_zyx.zarr", import.meta.url));
test.skipIf(!existsSync(shared))("ome4_zyx.zarr gives three pages (needs ../shared/cases)", async () => {
  expect(await predict(shared, "--out", named("zyx.tif"))).toBe(0);
  const [first, second, ...more] = await readStack(named("zyx.tif"));
  expect(first.data).not.toEqual(second.data);
  expect(more).toHaveLength(1);
});
