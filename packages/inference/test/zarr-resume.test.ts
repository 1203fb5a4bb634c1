import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { input as inputOf, layers, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { networkChecksum } from "@unet/inference";
import { openZarr, type ZarrSinkOptions, zarrLabelSink, zarrSink } from "@unet/inference/zarr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallUNet } from "./small-unet.js";

let folder: string;
beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "unet-resume-"));
});
afterAll(() => rm(folder, { recursive: true }));

const [width, height, channels] = [40, 20, 1];
const whole = { x: 0, y: 0, width, height };
const scores = (value: number) => ({
  width,
  height,
  channels,
  data: new Float32Array(width * height).fill(value),
});
const run = { model: "a".repeat(64), source: "cells.tif, 3 MB", tile: "64" };
const options = { width, height, channels, chunk: 20, run };

/** Begins a Zarr whose two chunks are 1, and stops. */
async function begun(name: string, more: Partial<ZarrSinkOptions> = {}): Promise<string> {
  const path = join(folder, name);
  const sink = await zarrSink(path, { ...options, ...more });
  await sink.write(whole, scores(1));
  await sink.close?.(false);
  return path;
}

/** Which of the two chunks a sink has. */
async function present(path: string, more: Partial<ZarrSinkOptions> = {}): Promise<boolean[]> {
  const sink = await zarrSink(path, { ...options, ...more });
  const has = [0, 20].map((x) => sink.has?.({ x, y: 0, width: 20, height: 20 }));
  const answers = await Promise.all(has);
  await sink.close?.(false);
  return answers as boolean[];
}

describe.each(["none", "zstd"] as const)("chunks of an interrupted run, compression %s", (compression) => {
  test("are taken up where they are whole, made again where not", async () => {
    const path = await begun(`damaged-${compression}.zarr`, { compression });
    expect(await present(path, { compression })).toEqual([true, true]);
    const chunk = join(`${path}.part`, "0/c/0/0/1");
    const right = await readFile(chunk);
    const damages: Record<string, Uint8Array> = {
      emptied: new Uint8Array(0),
      cut: right.subarray(0, right.length - 1),
      halved: right.subarray(0, right.length >> 1),
      longer: Buffer.concat([right, Buffer.of(0)]),
      "of zeros": new Uint8Array(right.length),
      "one bit": right.map((byte, i) => (i === 7 ? byte ^ 1 : byte)),
    };
    for (const [kind, bytes] of Object.entries(damages)) {
      await writeFile(chunk, bytes);
      expect(await present(path, { compression }), kind).toEqual([true, false]);
    }
    const sink = await zarrSink(path, { ...options, compression });
    await sink.write(whole, scores(2));
    await sink.close?.(true);
    const { data } = await (await openZarr(path)).plane(0).read(whole);
    expect(data).toEqual(scores(2).data);
  });
});

describe("what differs is named, with what to do", () => {
  test.each<[string, Partial<ZarrSinkOptions>, string]>([
    ["model", { run: { ...run, model: "b".repeat(64) } }, "another model"],
    ["source", { run: { ...run, source: "others.tif" } }, "source cells.tif, 3 MB, not others.tif"],
    ["option", { run: { ...run, tile: "128" } }, "tile 64, not 128"],
    ["new option", { run: { ...run, memory: "1G" } }, "no memory, not 1G"],
    ["missing option", { run: { model: run.model, source: run.source } }, "tile 64, not none"],
    ["compression", { compression: "zstd" }, "the codecs"],
    ["chunk", { chunk: 10 }, "the chunks"],
    ["size", { width: 41 }, "the shape [1,20,40], not [1,20,41]"],
    ["channels", { channels: 2 }, "the shape [1,20,40], not [2,20,40]"],
    ["pixel size", { pixelSize: { x: 2, y: 2, unit: "µm" } }, "metadata of another image"],
  ])("another %s", async (kind, more, message) => {
    const path = join(folder, `other-${kind}.zarr`);
    await begun(`other-${kind}.zarr`);
    const refused = await zarrSink(path, { ...options, ...more }).catch((error: Error) => error.message);
    expect(refused).toContain(`zarrSink: ${path}.part holds part of another run: it has ${message}`);
    expect(refused).toMatch(/; remove it, or name another$/);
    // It was not touched, nor is it locked.
    expect(await present(path)).toEqual([true, true]);
  });

  test("a part that an older version began", async () => {
    const path = await begun("older.zarr");
    const file = join(`${path}.part`, "0/zarr.json");
    const array = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...array, codecs: array.codecs.slice(0, 1) }));
    await expect(zarrSink(path, options)).rejects.toThrow("it has the codecs");
  });

  test("damaged metadata", async () => {
    const path = await begun("metadata.zarr");
    await writeFile(join(`${path}.part`, "0/zarr.json"), "");
    await expect(zarrSink(path, options)).rejects.toThrow(
      "metadata.zarr.part has damaged metadata; remove it",
    );
  });
});

describe("without an identity", () => {
  test("nothing is taken up", async () => {
    const path = await begun("anonymous.zarr", { run: undefined });
    expect(await present(path, { run: undefined })).toEqual([false, false]);
    await expect(zarrSink(path, options)).rejects.toThrow("none of the identity that is needed to go on");
  });

  test("what is written over another's chunks isn't taken for that run's", async () => {
    const path = await begun("over.zarr");
    const sink = await zarrSink(path, { ...options, run: undefined });
    await sink.write({ x: 0, y: 0, width: 20, height: 20 }, { ...scores(2), width: 20 });
    await sink.close?.(false);
    await expect(zarrSink(path, options)).rejects.toThrow("none of the identity that is needed to go on");
  });
});

test("the pixel size is in the metadata, its unit as OME-Zarr spells it", async () => {
  for (const [name, sink] of [
    [
      "scores",
      await zarrSink(join(folder, "scores-sized.zarr"), {
        ...options,
        pixelSize: { x: 0.25, y: 0.5, z: 2, unit: "µm" },
      }),
    ],
    [
      "labels",
      await zarrLabelSink(join(folder, "labels-sized.zarr"), {
        width,
        height,
        pixelSize: { x: 0.25, y: 0.5, unit: "µm" },
      }),
    ],
  ] as const) {
    await sink.write(
      whole,
      { ...scores(1), data: (name === "labels" ? new Int32Array(800) : new Float32Array(800)) as never },
      scores(0) as never,
    );
    await sink.close?.(true);
    const path = join(folder, `${name}-sized.zarr`);
    expect((await openZarr(path)).pixelSize).toEqual({ x: 0.25, y: 0.5, unit: "µm" });
    const { axes, datasets } = JSON.parse(await readFile(join(path, "zarr.json"), "utf8")).attributes.ome
      .multiscales[0];
    expect(axes.at(-1)).toEqual({ name: "x", type: "space", unit: "micrometer" });
    expect(datasets[0].coordinateTransformations[0].scale.slice(-2)).toEqual([0.5, 0.25]);
  }
});

test("an identity of a model covers weights, topology and metadata, not names", async () => {
  const made = [smallUNet({ padding: "same", depth: 1 }), smallUNet({ padding: "same", depth: 1 })];
  const [a, b] = made;
  expect(a.layers[1].name).not.toBe(b.layers[1].name);
  const before = tf.memory().numTensors;
  const checksum = await networkChecksum(a);
  expect(tf.memory().numTensors).toBe(before);
  expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  expect(await networkChecksum(b)).toBe(checksum);
  const [kernel, bias] = b.layers[1].getWeights();
  const other = tf.add(bias, 2 ** -20);
  b.layers[1].setWeights([kernel, other]);
  other.dispose();
  expect(await networkChecksum(b)).not.toBe(checksum);
  a.setUserDefinedMetadata({ normalisation: "range" });
  expect(await networkChecksum(a)).not.toBe(checksum);
  const activated = ["relu", "elu"].map((activation) => {
    const input = inputOf({ shape: [null, null, 1] });
    const layer = layers.conv2d({
      filters: 1,
      kernelSize: 1,
      activation: activation as "relu",
      kernelInitializer: "ones",
    });
    return modelOf({ inputs: input, outputs: layer.apply(input) as SymbolicTensor });
  });
  expect(await networkChecksum(activated[0])).not.toBe(await networkChecksum(activated[1]));
  for (const model of [...made, ...activated]) model.dispose();
});
