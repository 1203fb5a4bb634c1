import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../scripts/chromium.mjs";
import { firstLineOfPage } from "./packed/page.js";
import { createProject, type Project } from "./packed/project.js";
import { peers, shortSnippet, snippetOn } from "./packed/readme.js";

let project: Project;

beforeAll(async () => {
  project = await createProject(peers);
  await project.write("snippet.ts", shortSnippet);
  await project.write("index.html", '<script type="module" src="./snippet.ts"></script>');
  await copyFile("test/packed/consumer.ts", join(project.folder, "consumer.ts"));
  await copyFile("test/packed/record-modules.mjs", join(project.folder, "record-modules.mjs"));
}, 600_000);

afterAll(() => project?.remove());

test.each([
  ["NodeNext", "NodeNext"],
  ["ESNext", "Bundler"],
])("a strict consumer typechecks with module %s and resolution %s", async (module, moduleResolution) => {
  const options = { module, moduleResolution, target: "ES2022", strict: true, noEmit: true, types: [] };
  await project.write("tsconfig.json", JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
  const compiler = resolve("node_modules/.bin/tsc");
  const errors = await project.run(compiler).catch((error: Error) => {
    if (!error.message.includes("error TS")) throw error;
    return error.message;
  });
  // libraries are checked too, and tfjs's own declarations don't hold: only they may fail
  const ours = errors
    .split("\n")
    .filter((line) => /error TS/.test(line) && !/^node_modules\/@tensorflow/.test(line));
  expect(ours).toEqual([]);
});

describe("the README's snippet", () => {
  test("counts the cells of images it was not made for within 15 %, with plain Node", async () => {
    await project.write("snippet.mjs", snippetOn([11, 12, 13, 14, 15]));
    const [first, ...others] = (await project.run("node", "snippet.mjs")).trim().split("\n");
    expect(first).toMatch(/^\d+ cells$/);
    const numbers = others.map((line) => Number.parseInt(line, 10));
    for (let i = 0; i < 5; i++) {
      const [counted, truth] = numbers.slice(2 * i, 2 * i + 2);
      expect(truth).toBeGreaterThan(20);
      expect(Math.abs(counted / truth - 1), `${counted} of ${truth}`).toBeLessThan(0.15);
    }
  }, 600_000);

  const name = findChromium() ? "" : " (needs Chromium)";
  test.skipIf(!findChromium())(
    `runs through a Vite build in Chromium${name}`,
    async () => {
      expect(await firstLineOfPage(project.folder)).toMatch(/^\d+ cells$/);
    },
    300_000,
  );
});

describe("the stream of tiles, made in a worker", () => {
  const program = `import { cutTile, tileStream } from "@unet/augmentation";
    import { syntheticCells } from "@unet/datasets";
    const sample = await syntheticCells({ count: 1, width: 90, height: 70, seed: 1 }).get(0);
    const options = { inputSize: 64, outputSize: 24, seed: 1 };
    const stream = tileStream([sample], options);
    let equal = 0;
    for (let index = 0; index < 5; index++) {
      const { value } = await stream.next();
      const { image, labels } = cutTile(sample, { ...options, index });
      const same = (ours, theirs) => ours.length === theirs.length && ours.every((x, i) => x === theirs[i]);
      if (same(value.image.data, image.data) && same(value.labels.data, labels.data)) equal++;
    }
    console.log(equal + " tiles are equal");
  `;

  test("runs with plain Node, which it does not keep alive", async () => {
    await project.write("stream.mjs", program);
    expect(await project.run("node", "stream.mjs")).toBe("5 tiles are equal\n");
    expect(await project.run("node", "--input-type=module", "-e", program)).toBe("5 tiles are equal\n");
  }, 60_000);

  const name = findChromium() ? "" : " (needs Chromium)";
  test.skipIf(!findChromium())(
    `runs through a Vite build in Chromium${name}`,
    async () => {
      await mkdir(join(project.folder, "stream"));
      await project.write("stream/program.js", program);
      await project.write("stream/index.html", '<script type="module" src="./program.js"></script>');
      expect(await firstLineOfPage(join(project.folder, "stream"))).toBe("5 tiles are equal");
    },
    300_000,
  );
});

test("one step of training changes the weights", async () => {
  await project.write(
    "step.mjs",
    `import { useBackend } from "@unet/backend";
    import { syntheticCells } from "@unet/datasets";
    import { createUNet } from "@unet/model";
    import { train } from "@unet/training";
    await useBackend({ prefer: ["cpu"] });
    const model = createUNet({ depth: 1, filters: 2, seed: 1 });
    const kernel = () => model.getWeights()[0].dataSync();
    const before = kernel().slice();
    const samples = syntheticCells({ count: 1, width: 64, height: 64, seed: 1 });
    const { history } = await train({ model, samples, config: { steps: 1 }, seed: 1 });
    const moved = kernel().filter((value, index) => value !== before[index]).length;
    console.log(JSON.stringify({ losses: history.map((entry) => entry.loss > 0), moved }));`,
  );
  expect(JSON.parse(await project.run("node", "step.mjs"))).toEqual({ losses: [true], moved: 18 });
});

test("the unet command is there", async () => {
  expect(await project.run("npx", "--no-install", "unet", "--help")).toContain("train");
});

describe("what is loaded", () => {
  test.each([
    "@unet/augmentation",
    "@unet/datasets",
    "@unet/image",
    "@unet/image/picture",
    "@unet/image/tiff",
    "@unet/inference/instances",
    "@unet/inference/tiff",
    "@unet/inference/tiles",
    "@unet/loss/weight-map",
    "@unet/metrics",
    "@unet/model/geometry",
  ])("%s comes without tfjs and without codecs", async (specifier) => {
    const modules = await modulesOf(`await import(${JSON.stringify(specifier)})`);
    expect(modules.length).toBeGreaterThan(1);
    expect(
      modules.filter((url) => /@tensorflow|fast-png|geotiff|pako|zarrita|onnxruntime/.test(url)),
    ).toEqual([]);
  });

  test("the PNG codec comes with the first PNG, the TIFF codec with the first TIFF", async () => {
    const image = "{ width: 1, height: 1, channels: 1, data: new Uint8Array(1) }";
    const use = (call: string) =>
      modulesOf(`
      const { encodePng, encodeTiff, readImage } = await import("@unet/image");
      await readImage(await ${call});`);
    const png = await use(`encodePng(${image})`);
    const tiff = await use(`encodeTiff([${image}])`);
    const count = (modules: string[], name: string) =>
      modules.filter((url) => url.includes(`/${name}/`)).length;
    expect(count(png, "fast-png")).toBeGreaterThan(0);
    expect(count(png, "geotiff")).toBe(0);
    expect(count(tiff, "geotiff")).toBeGreaterThan(0);
    expect(count(tiff, "fast-png")).toBe(0);
  });
});

/** URLs of the modules that a program loads. */
async function modulesOf(program: string): Promise<string[]> {
  const list = join(project.folder, `modules-${Math.random().toString(36).slice(2)}.txt`);
  await project.write("program.mjs", program);
  await project.run(
    "env",
    `UNET_MODULES_FILE=${list}`,
    "node",
    "--import",
    "./record-modules.mjs",
    "program.mjs",
  );
  return (await readFile(list, "utf8")).trim().split("\n");
}
