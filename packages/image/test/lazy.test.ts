import { readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";

const loaded = vi.hoisted(() => [] as string[]);
vi.mock("fast-png", (original) => {
  loaded.push("fast-png");
  return original();
});
vi.mock("pako", (original) => {
  loaded.push("pako");
  return original();
});
vi.mock("geotiff", (original) => {
  loaded.push("geotiff");
  return original();
});

const fixture = (file: string) => readFile(new URL(`./fixtures/${file}`, import.meta.url));

test("codecs are loaded on first use, each alone", async () => {
  const { readImage } = await import("@unet/image");
  await import("@unet/image/picture");
  expect(loaded).toEqual([]);
  await readImage(await fixture("uint8-grey.png"));
  expect(loaded).toEqual(["pako", "fast-png"]);
  await readImage(await fixture("uint8-le.tif"));
  expect(loaded).toEqual(["pako", "fast-png", "geotiff"]);
});

test("nothing here knows TensorFlow.js", async () => {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const { dependencies, peerDependencies = {}, devDependencies } = manifest;
  const names = Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies });
  expect(names.filter((name) => name.startsWith("@tensorflow/"))).toEqual([]);
});
