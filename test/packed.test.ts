import { copyFile, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findChromium } from "../scripts/chromium.mjs";
import { buildForNode, bundlers } from "./packed/bundlers.js";
import { printedByPage } from "./packed/page.js";
import { writePrograms } from "./packed/programs.js";
import { createProject, type Project } from "./packed/project.js";
import { peers, snippetOn } from "./packed/readme.js";
import { contentsOf } from "./packed/release.js";
import { runtimes, tools } from "./packed/tools.js";

// compilers, bundlers and browsers take minutes where a machine is busy; nothing here is about time
vi.setConfig({ testTimeout: 900_000, hookTimeout: 1_800_000 });

let project: Project;
let entryPoints: string[];

beforeAll(async () => {
  project = await createProject([...peers, ...tools]);
  entryPoints = await writePrograms(project);
  await copyFile("test/packed/consumer.ts", join(project.folder, "consumer.ts"));
  await copyFile("test/packed/record-modules.mjs", join(project.folder, "record-modules.mjs"));
});

afterAll(() => project?.remove());

describe("a dry run of the next release", () => {
  test("gives every package the same version, above that in the repository", async () => {
    const versions = await Promise.all(
      project.tarballs.map(async (path) => (await contentsOf(path)).manifest.version),
    );
    expect(versions.length).toBe((await readdir("packages")).length);
    expect(new Set(versions).size).toBe(1);
    const { version } = JSON.parse(await readFile("packages/image/package.json", "utf8"));
    expect(versions[0]).not.toBe(version);
  });

  test("packs what users need, and names no protocol of the workspace", async () => {
    for (const tarball of project.tarballs) {
      const { files, text, manifest } = await contentsOf(tarball);
      const where = basename(tarball);
      expect(text, where).not.toMatch(/workspace:|catalog:/);
      expect(files, where).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
      expect(
        files.filter((path) => /(^|\/)(test|node_modules)\/|\.test\./.test(path)),
        where,
      ).toEqual([]);
      // all that a manifest points at is there
      const targets = [...Object.values(manifest.exports), ...Object.values(manifest.bin ?? {})].flatMap(
        leaves,
      );
      expect(targets.length, where).toBeGreaterThan(1);
      expect(
        targets.filter((path) => !files.some((file) => isNamedBy(path.slice(2), file))),
        where,
      ).toEqual([]);
      for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
        if (name.startsWith("@unet/")) expect(range, where).toBe(`^${manifest.version}`);
      }
    }
  });

  /** Whether a path of a manifest, which may have a `*` for any text, names a file. */
  function isNamedBy(path: string, file: string): boolean {
    const [before, after] = path.split("*");
    return after === undefined ? file === path : file.startsWith(before) && file.endsWith(after);
  }

  /** The files that a manifest's tree of conditions names. */
  function leaves(tree: unknown): string[] {
    return typeof tree === "string" ? [tree] : Object.values(tree as object).flatMap(leaves);
  }
});

describe.each(["typescript5", "typescript7"])("a strict consumer typechecks with %s", (compiler) => {
  test.each([
    ["Node16", "Node16"],
    ["ESNext", "Bundler"],
  ])("module %s and resolution %s", async (module, moduleResolution) => {
    const options = { module, moduleResolution, target: "ES2022", strict: true, noEmit: true, types: [] };
    const include = ["consumer.ts", "every.ts"];
    await project.write("tsconfig.json", JSON.stringify({ compilerOptions: options, include }));
    const errors = await project.run("node", `node_modules/${compiler}/bin/tsc`).catch((error: Error) => {
      if (!error.message.includes("error TS")) throw error;
      return error.message;
    });
    // libraries are checked too, and tfjs's own declarations don't hold: only they may fail, and what they bring
    // (`@webgpu/types`, which the library of TypeScript 7 has itself)
    const ours = errors
      .split("\n")
      .filter(
        (line) =>
          /error TS/.test(line) && !/^node_modules\/(@tensorflow|@webgpu|@?typescript\w*)\//.test(line),
      );
    expect(ours).toEqual([]);
  });
});

describe("the README's snippet", () => {
  test("counts the cells of images it was not made for within 15 %, with plain Node", async () => {
    // not `snippet.mjs`, which is part of the program that everything below runs
    await project.write("counting.mjs", snippetOn([11, 12, 13, 14, 15]));
    const [first, ...others] = (await project.run("node", "counting.mjs")).trim().split("\n");
    expect(first).toMatch(/^\d+ cells$/);
    const numbers = others.map((line) => Number.parseInt(line, 10));
    for (let i = 0; i < 5; i++) {
      const [counted, truth] = numbers.slice(2 * i, 2 * i + 2);
      expect(truth).toBeGreaterThan(20);
      expect(Math.abs(counted / truth - 1), `${counted} of ${truth}`).toBeLessThan(0.15);
    }
  });
});

/** How sure the trained network was, wherever `program.mjs` ran so far. */
const sure: number[] = [];

/** Whoever runs `program.mjs`: it prints this, and its network comes out as everywhere else. */
function expectPrinted(lines: string[]): void {
  expect(lines).toEqual([
    `${entryPoints.length} entry points`,
    "computes with simd",
    "5 tiles are equal",
    expect.stringMatching(/^\d+ cells$/),
    expect.stringMatching(/^sure to 0\.\d+$/),
  ]);
  sure.push(Number(lines[4].slice("sure to ".length)));
  expect(Math.max(...sure) - Math.min(...sure)).toBeLessThan(1e-3);
}

const refusal = /no worker starts here/;

describe("every entry point, a worker and the README's snippet", () => {
  test.each(Object.keys(runtimes))("run with %s", async (name) => {
    const [command, ...args] = runtimes[name](project.folder);
    const output = await project.run(command, ...args, "program.mjs");
    expectPrinted(output.trim().split("\n"));
  });

  test("run bundled by esbuild for Node, the worker and the binaries beside the program", async () => {
    const out = await buildForNode(project);
    // what it says on stderr too: no backend failed, no worker is missing
    expectPrinted((await project.run("sh", "-c", `node ${out}/program.js 2>&1`)).trim().split("\n"));
  });

  const chromium = findChromium() ? "" : " (needs Chromium)";
  test.skipIf(!findChromium()).each(Object.keys(bundlers))(
    `run in Chromium, built by %s${chromium}`,
    async (name) => {
      const { build, followsWorker } = bundlers[name];
      const folder = await build(project);
      expect(await scriptsThat(folder, /["'`]node:/)).toEqual([]);
      const { log, warnings } = await printedByPage(folder, /^sure/);
      expectPrinted(log);
      // once for the stream of tiles, once for the training
      expect(warnings.filter((text) => refusal.test(text)).length).toBe(followsWorker ? 0 : 2);
      if (name.startsWith("Next")) {
        const html = await readFile(join(folder, "index.html"), "utf8");
        expect(html).toContain(`server: ${entryPoints.length}`);
        expect(html).toContain(`client, made on the server: ${entryPoints.length}`);
      }
    },
  );

  test("a stream leaves Node free to end, as a program's text too", async () => {
    expect(await project.run("node", "stream.mjs")).toBe("5 tiles are equal\n");
    const text = await readFile(join(project.folder, "stream.mjs"), "utf8");
    expect(await project.run("node", "--input-type=module", "-e", text)).toBe("5 tiles are equal\n");
  });
});

/** The scripts in a folder that have a text. */
async function scriptsThat(folder: string, text: RegExp): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".js"));
  const texts = await Promise.all(files.map((path) => readFile(join(folder, path), "utf8")));
  expect(files.length).toBeGreaterThan(0);
  return files.filter((_, index) => text.test(texts[index]));
}

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
    "@unet/inference/imagej",
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
  await project.write("loads.mjs", program);
  await project.run(
    "env",
    `UNET_MODULES_FILE=${list}`,
    "node",
    "--import",
    "./record-modules.mjs",
    "loads.mjs",
  );
  return (await readFile(list, "utf8")).trim().split("\n");
}
