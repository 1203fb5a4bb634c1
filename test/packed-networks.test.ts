import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { card } from "../packages/networks/src/cards/nuclei.js";
import { findChromium } from "../scripts/chromium.mjs";
import { printedByPage } from "./packed/page.js";
import { createProject, type Project } from "./packed/project.js";
import { peers } from "./packed/readme.js";
import { contentsOf } from "./packed/release.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 1_800_000 });

let project: Project;
beforeAll(async () => {
  project = await createProject([...peers, "vite@8.4.0"]);
});
afterAll(() => project?.remove());

const tarballOf = (name: string) =>
  project.tarballs.find((path) => basename(path).startsWith(`unet-${name}-`)) as string;

test("the packages hold their weights, and no more than 5 MB for each network", async () => {
  const expected = { networks: ["nuclei"], "network-membranes": ["membranes"] };
  for (const [name, networks] of Object.entries(expected)) {
    const { files } = await contentsOf(tarballOf(name));
    const weights = files.filter((path) => path.endsWith(".bin"));
    expect(weights.sort()).toEqual(networks.map((network) => `weights/${network}.bin`));
    expect(
      files.filter(
        (path) => !/^(dist|src|weights)\/|^(LICENSE|README\.md|package\.json|CHANGELOG\.md)$/.test(path),
      ),
    ).toEqual([]);
    expect((await stat(tarballOf(name))).size).toBeLessThan(5e6 * networks.length);
  }
});

/** Twelve discs, and how many of them the network sees. */
const program = `import { useBackend } from "@unet/backend";
import { segment } from "@unet/inference";
import { load } from "@unet/networks/nuclei";
const [width, height] = [256, 192];
const isDisc = (i) => Math.hypot((i % width % 64) - 32, (Math.floor(i / width) % 64) - 32) < 10;
const data = new Uint8Array(width * height).map((_, i) => (isDisc(i) ? 120 : 15) + ((i * 7919) % 5));
await useBackend({ prefer: ["simd"] });
const { table } = await segment({ width, height, channels: 1, data }, await load());
console.log(table.length + " nuclei");
`;

describe("ten lines", () => {
  test("count nuclei in Node", async () => {
    await project.write("nuclei.mjs", program);
    expect(await project.run("node", "nuclei.mjs")).toBe("12 nuclei\n");
  });

  test("on the command line it is one, with the network's name", async () => {
    const draw = `import { writeImage } from "@unet/image";
${program.slice(program.indexOf("const [width"), program.indexOf("await useBackend"))}
await writeImage("discs.png", { width, height, channels: 1, data });`;
    await project.write("draw.mjs", draw);
    await project.run("node", "draw.mjs");
    expect(await project.run("npx", "--no-install", "unet", "predict", "nuclei", "discs.png")).toContain(
      "12 objects",
    );
  });

  const chromium = findChromium() ? "" : " (needs Chromium)";
  test.skipIf(!findChromium())(
    `are a page, built by Vite, with the weights beside it${chromium}`,
    async () => {
      await project.write("nuclei.mjs", program);
      await project.write("index.html", '<!doctype html><script type="module" src="./nuclei.mjs"></script>');
      await project.run("node", "node_modules/vite/bin/vite.js", "build", "--outDir", "out-nuclei");
      const assets = await readdir(join(project.folder, "out-nuclei/assets"));
      const weights = assets.filter((name) => name.endsWith(".bin"));
      expect(weights).toEqual([expect.stringMatching(/^nuclei-.+\.bin$/)]);
      const { size } = await stat(join(project.folder, "out-nuclei/assets", weights[0]));
      expect(size).toBe(card.file.bytes);
      const { log } = await printedByPage(join(project.folder, "out-nuclei"), /nuclei$/);
      expect(log).toEqual(["12 nuclei"]);
    },
  );
});
