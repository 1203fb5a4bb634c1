import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const executablePath = process.env.UNET_CHROMIUM;

interface Computed {
  threads: number;
  relaxed: boolean;
  isolated?: boolean;
  hash: number;
}

describe.skipIf(!executablePath)(`in Chromium${executablePath ? "" : " (needs Chromium)"}`, () => {
  let browser: Browser;
  let server: Server;
  let inNode: Computed;

  beforeAll(async () => {
    const program = await bundled("browser");
    server = createServer(({ url }, response) => {
      const isolated = {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      };
      const [, folder, file] = (url as string).split("/");
      const type = file ? "text/javascript" : "text/html";
      response.writeHead(200, { "content-type": type, ...(folder === "isolated" && isolated) });
      response.end(file ? program : "<!doctype html><title>simd</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    const text = await bundled("node");
    const { compute } = await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
    inNode = await compute(1);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** Runs the program in the page itself, or in a worker of it. */
  async function computeIn(
    folder: "isolated" | "plain",
    where: "page" | "worker",
    threads = 0,
  ): Promise<Computed> {
    const page = await browser.newPage();
    try {
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/${folder}/`);
      const script = `/${folder}/program.js`;
      // as text: the test's own imports are not the page's
      if (where === "page")
        return await page.evaluate(`import("${script}").then(({ compute }) => compute(${threads}))`);
      return await page.evaluate((url) => {
        return new Promise((resolve, reject) => {
          const worker = new Worker(url, { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        });
      }, script);
    } finally {
      await page.close();
    }
  }

  test("a worker of an isolated page computes on all threads, to the same bits as Node on one", async () => {
    const threads = await browser
      .newPage()
      .then((page) => page.evaluate(() => navigator.hardwareConcurrency));
    const { hash, relaxed } = inNode;
    expect(await computeIn("isolated", "worker")).toEqual({ threads, relaxed, isolated: true, hash });
  });

  test("a page that isn't isolated, and its workers, compute on one", async () => {
    const { hash, relaxed } = inNode;
    const expected = { threads: 1, relaxed, isolated: false, hash };
    expect(await computeIn("plain", "worker")).toEqual(expected);
    expect(await computeIn("plain", "page")).toEqual(expected);
  });

  test("an isolated page itself computes on one unless more are asked for", async () => {
    const { hash, relaxed } = inNode;
    expect(await computeIn("isolated", "page")).toEqual({ threads: 1, relaxed, isolated: true, hash });
    expect(await computeIn("isolated", "page", 2)).toEqual({ threads: 2, relaxed, isolated: true, hash });
  });
});

async function bundled(platform: "browser" | "node"): Promise<string> {
  const { outputFiles = [] } = await build({
    entryPoints: [fileURLToPath(new URL("./in-chromium/program.mjs", import.meta.url))],
    bundle: true,
    format: "esm",
    platform,
    mainFields: ["module", "main"],
    conditions: ["@unet/source"],
    external: ["node-fetch"],
    banner: platform === "node" ? { js: "const require = (name) => process.getBuiltinModule(name);" } : {},
    logLevel: "error",
    write: false,
  });
  return outputFiles[0].text;
}
