import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { syntheticCells } from "@unet/datasets";
import { encodePng } from "@unet/image";
import { type Browser, chromium, type Page } from "playwright";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Set by vitest.config.ts where a Chromium was found. */
const executablePath = process.env.UNET_CHROMIUM;
const root = fileURLToPath(new URL("..", import.meta.url));
const reason = executablePath ? "" : " (needs Chromium)";

describe.skipIf(!executablePath)(`the page, built by Vite, in Chromium${reason}`, () => {
  let outDir: string;
  let server: PreviewServer;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    outDir = await mkdtemp(join(tmpdir(), "unet-page-"));
    const shared = { root, logLevel: "error", build: { outDir } } as const;
    await build(shared);
    server = await preview({ ...shared, preview: { port: 0 } });
    const args = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
    browser = await chromium.launch({ executablePath, args });
    page = await browser.newPage({ viewport: { width: 1120, height: 860 } });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(server.resolvedUrls?.local[0] as string);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(outDir, { recursive: true, force: true });
  });

  const text = (selector: string) => page.locator(selector).textContent();
  /** The page is at rest when it lets the user train. */
  const rest = () => page.locator("#train:enabled:text-is('Train')").waitFor({ timeout: 240_000 });

  test("names the backend that was picked", async () => {
    await rest();
    expect(await text("#backend")).toMatch(/^(webgpu|simd|webgl|wasm|cpu)/);
    expect(await text("#status")).toBe("Ready to train");
  });

  test("trains and outlines the drawn sample", async () => {
    await page.fill("#steps", "4");
    await page.click("#train");
    await page.locator("#train:text-is('Stop')").waitFor();
    await rest();
    expect(await text("#status")).toMatch(/^4 steps in \d+ s$/);
    expect(await text("#found")).toMatch(/^\d+ cells in [\d.]+ s, IoU 0\.\d\d with the truth$/);
    expect(await page.locator("[data-view=outlines]").getAttribute("aria-pressed")).toBe("true");
  });

  test("segments an image of the user's, and says what is wrong with one that is none", async () => {
    const { image } = await syntheticCells({ count: 1, width: 150, height: 101, seed: 9 }).get(0);
    const buffer = Buffer.from(await encodePng(image));
    await page.setInputFiles("#file", { name: "mine.png", mimeType: "image/png", buffer });
    await page.waitForFunction(() => document.querySelector("canvas")?.width === 150);
    await rest();
    expect(await text("#found")).toMatch(/^\d+ cells in [\d.]+ s$/);
    expect(await page.locator("#picture").getAttribute("height")).toBe("101");

    await page.setInputFiles("#file", {
      name: "b.png",
      mimeType: "image/png",
      buffer: Buffer.from("no image"),
    });
    await page.locator("#status.error").waitFor();
    await rest();
    expect(problems).toEqual([]);
  });
});
