import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { encodePng, encodeTiff, type Image, readLabelStack, writeImage, writeLabels } from "@unet/image";
import { predictTiled, segment, type Task } from "@unet/inference";
import { zarrSink } from "@unet/inference/zarr";
import { createUNet, modelFromBytes, modelToBytes } from "@unet/model";
import { train } from "@unet/training";
import axe from "axe-core";
import { unzipSync } from "fflate";
import { type Browser, type BrowserContext, chromium, type Download, type Page } from "playwright";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

/** Set by vitest.config.ts where a Chromium was found. */
const executablePath = process.env.UNET_CHROMIUM;
const root = fileURLToPath(new URL("..", import.meta.url));
const reason = executablePath ? "" : " (needs Chromium)";

const task: Task = {
  aim: "instances",
  scale: 1,
  out: { score: [0, 1], threshold: 0.5, split: "none", minimumSize: 4, fillHoles: true },
};

/** Small bright cells, which a small network learns in seconds. */
const cells = (seed: number) =>
  syntheticCells({
    count: 3,
    width: 96,
    height: 80,
    seed,
    style: "fluorescence",
    diameter: [12, 18],
    coverage: 0.25,
  });

describe.skipIf(!executablePath)(`the studio, built by Vite, in Chromium${reason}`, () => {
  let outDir: string;
  let server: PreviewServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let address: string;
  let stack: Image[];
  let network: Uint8Array;
  const problems: string[] = [];
  const strangers: string[] = [];

  beforeAll(async () => {
    outDir = await mkdtemp(join(tmpdir(), "unet-studio-"));
    const shared = { root, logLevel: "error", build: { outDir, emptyOutDir: true } } as const;
    // as users get it: Vitest's own would leave out the service worker
    vi.stubEnv("NODE_ENV", "production");
    await build(shared);
    vi.unstubAllEnvs();
    server = await preview({ ...shared, preview: { port: 0 } });
    address = server.resolvedUrls?.local[0] as string;
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--disable-quic"],
    });
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    page = await context.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    context.on("request", (request) => {
      if (!request.url().startsWith(address) && !/^(blob|data):/.test(request.url()))
        strangers.push(request.url());
    });

    await useBackend({ prefer: ["simd"] });
    const samples = cells(4);
    stack = [];
    for (let i = 0; i < 3; i++) {
      const { width, height, data } = (await samples.get(i)).image;
      stack.push({ width, height, channels: 1, data: Uint16Array.from(data, (value) => 100 * value) });
    }
    const model = createUNet({ depth: 2, filters: 4, padding: "same", seed: 5 });
    const config = { steps: 60, tileSize: 64, optimizer: "adamw", learningRate: 0.01, task } as const;
    await train({ model, samples: cells(5), config, seed: 5, workers: 0 });
    network = await modelToBytes(model);
    model.dispose();
    // A machine that has other things to do takes minutes to build the page.
  }, 900_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(outDir, { recursive: true, force: true });
  });

  const text = (selector: string) => page.locator(selector).first().textContent();
  const settled = () => page.locator('.picture[data-settled="true"]').waitFor({ timeout: 120_000 });
  const atRest = () => page.locator(".progress").waitFor({ state: "detached", timeout: 240_000 });
  const tab = (name: string) => page.click(`#tab-${name}`);
  const count = async () => {
    await tab("objects");
    return Number.parseInt((await text(".panel h2")) ?? "", 10);
  };
  const countBecomes = (wanted: number) =>
    page.waitForFunction(
      (wanted) => document.querySelector(".panel h2")?.textContent?.startsWith(`${wanted} object`),
      wanted,
    );
  const download = async (name: string): Promise<{ name: string; bytes: Uint8Array }> => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`text=${name}`)]);
    return contentOf(download);
  };
  const open = async () => {
    const buffer = Buffer.from(await encodeTiff(stack));
    await page.setInputFiles(".images input[type=file]", {
      name: "mine.tif",
      mimeType: "image/tiff",
      buffer,
    });
    await page.locator(".entry-name:text-is('mine.tif')").waitFor({ timeout: 60_000 });
    await settled();
  };
  const openNetwork = async () => {
    await tab("find");
    await page.setInputFiles(".panel input[type=file]", filesOf(network));
    await page.locator(".network:has-text('opened from a file')").waitFor({ timeout: 60_000 });
  };

  test("names the backend, and shares its threads", async () => {
    await page.goto(`${address}?backend=simd`);
    await page.locator(".backend summary").waitFor({ timeout: 60_000 });
    expect((await text(".backend summary"))?.trim()).toBe("simd");
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  test("opens a stack of 16 bits", async () => {
    await open();
    expect(await text(".entry-state")).toBe("96 × 80 × 3");
    expect(await text(".bar .slider output")).toBe("1 of 3");
  });

  test("says what can't be read, and goes on", async () => {
    const damaged = {
      name: "damaged.tif",
      mimeType: "image/tiff",
      buffer: Buffer.from("II*\0no image at all"),
    };
    const other = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") };
    await page.setInputFiles(".images input[type=file]", [damaged, other]);
    await page.locator(".notice.error >> nth=1").waitFor();
    expect(await page.locator(".notices").textContent()).toContain("notes.txt is neither PNG, JPEG nor TIFF");
    expect(await page.locator(".notices").textContent()).toContain("damaged.tif");
    for (const _ of [0, 1]) await page.click(".notice .icon");
    expect(await page.locator(".entry").count()).toBe(1);
  });

  test("segments all planes by a network of Node's, as Node does", async () => {
    await openNetwork();
    await page.click("text=All (3)");
    await atRest();
    await tab("save");
    const { name, bytes } = await download("Labels, TIFF");
    expect(name).toBe("mine-labels.tif");
    const found = await readLabelStack(bytes);
    expect(found.length).toBe(3);
    const model = await modelFromBytes(network);
    for (const [i, image] of stack.entries()) {
      const { labels, table } = await segment(image, model);
      expect(table.length).toBeGreaterThan(0);
      expect(found[i].data).toEqual(labels.data);
    }
    model.dispose();
  });

  test("threshold and smallest object act at once, as one step", async () => {
    const before = await count();
    await tab("find");
    await page.locator(".slider:has-text('Smallest object') input").fill("20");
    await page.waitForFunction(
      () => document.querySelector(".slider:nth-of-type(2) output")?.textContent !== "4 px",
    );
    const model = await modelFromBytes(network);
    const { table } = await segment(stack[0], model, { minimumSize: 400 });
    model.dispose();
    expect(table.length).toBeLessThan(before);
    await tab("objects");
    await countBecomes(table.length);
    await tab("find");
    await page.locator(".slider:has-text('Smallest object') input").fill("2");
    await tab("objects");
    await countBecomes(before);
  });

  test("draws, undoes, splits and deletes objects", async () => {
    const [{ width, height }] = stack;
    await page.keyboard.press("v");
    await tab("objects");
    // Everything away, so that what is drawn is known.
    await page.locator("input[type=number]").fill("1000000");
    await page.click("text=/^Select \\d+$/");
    await page.click("text=Delete");
    await countBecomes(0);
    const canvas = (await page.locator(".picture").boundingBox())!;
    const scale = Math.min((canvas.width - 56 - 24) / width, (canvas.height - 24) / height);
    const place = (x: number, y: number) => ({
      x: canvas.x + canvas.width / 2 + 28 + (x - width / 2) * scale,
      y: canvas.y + canvas.height / 2 + (y - height / 2) * scale,
    });
    const drag = async (...points: Array<[number, number]>) => {
      const [first, ...others] = points.map(([x, y]) => place(x, y));
      await page.mouse.move(first.x, first.y);
      await page.mouse.down();
      for (const { x, y } of others) await page.mouse.move(x, y, { steps: 4 });
      await page.mouse.up();
    };
    await page.click("[aria-label='Whole image']");
    await page.keyboard.press("b");
    await drag([40, 40], [60, 40]);
    await countBecomes(1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("l");
    await drag([70, 60], [85, 60], [85, 75], [70, 75], [70, 61]);
    await countBecomes(2);
    await page.keyboard.press("Escape");
    await page.keyboard.press("s");
    await drag([50, 25], [50, 55]);
    await countBecomes(3);
    await page.keyboard.press("Control+z");
    await countBecomes(2);
    await page.keyboard.press("Control+Shift+z");
    await countBecomes(3);
    await page.keyboard.press("v");
    const { x, y } = place(78, 68);
    await page.mouse.click(x, y);
    await page.locator("text=/^1 selected/").waitFor();
    await page.keyboard.press("Delete");
    await countBecomes(2);
    await page.locator("tbody tr >> nth=1").waitFor();
    expect(await page.locator("tbody tr").count()).toBe(2);
  });

  test("keeps images, labels and network over a reload", async () => {
    await page.waitForTimeout(1500);
    await page.reload();
    await page.locator(".entry").waitFor({ timeout: 60_000 });
    await settled();
    expect(await count()).toBe(2);
    expect(await text(".entry-state")).toMatch(/objects, corrected$/);
    await tab("find");
    expect(await page.locator(".network:has-text('opened from a file')").count()).toBe(1);
  });

  test("learns from what was corrected; a pause and a reload change no bit of it", async () => {
    const steps = 400;
    const weightsAfter = async (pauses: boolean) => {
      await tab("find");
      await page.locator(".network:has-text('opened from a file') input").check();
      await tab("train");
      await page.selectOption(".panel .row select", "steps");
      await page.locator(".panel .row input[type=number]").fill(String(steps));
      await page.click(".panel .primary:has-text('Train')");
      if (pauses) {
        await page.click("text=Pause", { timeout: 60_000 });
        await atRest();
        await page.reload();
        await page.locator(".entry").waitFor({ timeout: 60_000 });
        await tab("train");
        await page.click("text=Go on", { timeout: 60_000 });
      }
      await page.locator(".progress").waitFor({ timeout: 60_000 });
      await atRest();
      await tab("find");
      const trained = page.locator(".network").last();
      expect(await trained.textContent()).toContain(`trained here, ${steps} steps`);
      expect(await trained.locator("input").isChecked()).toBe(true);
      await tab("save");
      const { bytes } = await download("network + 1.zip");
      return unzipSync(bytes)["network-1/weights.bin"];
    };
    const whole = await weightsAfter(false);
    const model = await modelFromBytes(network);
    const before = new Uint8Array((await modelToBytes(model)).slice(-whole.length));
    model.dispose();
    expect(whole).not.toEqual(before);
    expect(await weightsAfter(true)).toEqual(whole);
    await tab("find");
    await page.locator(".network:has-text('opened from a file') input").check();
  });

  test("gives away table, regions, outlines, picture and network", async () => {
    await tab("save");
    const table = new TextDecoder()
      .decode((await download("Table, CSV")).bytes)
      .trim()
      .split("\r\n");
    expect(table[0]).toMatch(/^image,page,label,area,/);
    expect(table.filter((line) => line.startsWith("mine.tif,1,")).length).toBe(2);
    const rois = unzipSync((await download("Regions for ImageJ")).bytes);
    expect(Object.keys(rois).filter((name) => name.startsWith("1-")).length).toBe(2);
    const outlines = unzipSync((await download("Outlines, GeoJSON")).bytes);
    const first = JSON.parse(new TextDecoder().decode(outlines["mine-1.geojson"]));
    expect(first.features.length).toBe(2);
    const pictures = unzipSync((await download("Picture, PNG")).bytes);
    expect(Object.keys(pictures)).toEqual([1, 2, 3].map((page) => `mine-${page}-outlines.png`));

    const zip = await download("network.zip");
    const parts = unzipSync(zip.bytes);
    const [json, weights] = ["network/model.json", "network/weights.bin"].map((path) => parts[path]);
    const bytes = new Uint8Array(4 + json.length + weights.length);
    new DataView(bytes.buffer).setUint32(0, json.length, true);
    bytes.set(json, 4);
    bytes.set(weights, 4 + json.length);
    const [own, back] = [await modelFromBytes(network), await modelFromBytes(bytes)];
    const [a, b] = [await predictTiled(stack[0], own), await predictTiled(stack[0], back)];
    const most = a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i])), 0);
    expect(most).toBeLessThan(1e-4);
    own.dispose();
    back.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });

  test("a project and a folder of images with masks open on another computer", async () => {
    await tab("save");
    const { name, bytes } = await download("All of this, one file");
    expect(name).toBe("studio-project.zip");
    const other = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const before = page;
    page = await other.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(`${address}?backend=simd`);
    await page.locator(".network").first().waitFor({ timeout: 60_000 });
    const file = { name, mimeType: "application/zip", buffer: Buffer.from(bytes) };
    await page.setInputFiles(".images input[type=file] >> nth=0", file);
    await page.locator(".entry-name:text-is('mine.tif')").waitFor({ timeout: 60_000 });
    await settled();
    expect(await count()).toBe(2);
    await tab("find");
    expect(await page.locator(".network:has-text('opened from a file')").count()).toBe(1);

    const folder = await mkdtemp(join(tmpdir(), "unet-masks-"));
    for (const part of ["images", "masks"]) await mkdir(join(folder, part));
    const { image, labels } = await cells(9).get(0);
    await writeImage(join(folder, "images/a.png"), image);
    await writeLabels(join(folder, "masks/a.tif"), labels);
    await page.setInputFiles(".images input[webkitdirectory]", folder);
    await page.locator(".entry-state:has-text('drawn')").waitFor({ timeout: 60_000 });
    const objects = new Set(labels.data.filter((label) => label > 0)).size;
    expect(await text(".current .entry-state")).toBe(`${objects} objects, drawn`);
    await tab("save");
    expect((await readLabelStack((await download("Labels, TIFF")).bytes))[0].data).toEqual(labels.data);
    await rm(folder, { recursive: true });
    await other.close();
    page = before;
  });

  test("opens OME-Zarr, from a folder and from an address", async () => {
    const zarr = join(outDir, "cells.zarr");
    const { image } = await cells(9).get(0);
    const { width, height } = image;
    const sink = await zarrSink(zarr, { width, height, channels: 1 });
    await sink.write({ x: 0, y: 0, width, height }, { ...image, data: Float32Array.from(image.data) });
    await sink.close?.(true);
    const other = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const tab = await other.newPage();
    tab.on("pageerror", (error) => problems.push(error.message));
    await tab.goto(`${address}?backend=simd`);
    await tab.locator(".network").first().waitFor({ timeout: 60_000 });
    await tab.setInputFiles(".images input[webkitdirectory]", zarr);
    await tab.locator(".entry-name:text-is('cells.zarr')").waitFor({ timeout: 60_000 });
    expect(await tab.locator(".entry-state").textContent()).toBe("96 × 80");
    await tab.fill(".address input", `${address}cells.zarr`);
    await tab.keyboard.press("Enter");
    await tab.locator(".entry >> nth=1").waitFor({ timeout: 60_000 });
    await tab.locator('.picture[data-settled="true"]').waitFor({ timeout: 60_000 });
    await tab.fill(".address input", `${address}nothing.zarr`);
    await tab.keyboard.press("Enter");
    await tab.locator(".notice.error").waitFor({ timeout: 60_000 });
    // What is at an address is opened again; a folder is not copied.
    await tab.waitForTimeout(1000);
    await tab.reload();
    await tab.locator(".entry").waitFor({ timeout: 60_000 });
    expect(await tab.locator(".entry").count()).toBe(1);
    expect(await tab.locator(".notices").textContent()).toContain("cells.zarr could not be kept");
    await other.close();
    await rm(zarr, { recursive: true });
  });

  test("what a first visit loads, without backends and weights, is small", async () => {
    const assets = join(outDir, "assets");
    const names = await readdir(assets);
    const seen = new Set<string>();
    const take = async (name: string) => {
      if (seen.has(name)) return;
      seen.add(name);
      const code = await readFile(join(assets, name), "utf8");
      for (const [, other] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) await take(other);
    };
    const html = await readFile(join(outDir, "index.html"), "utf8");
    await take(/assets\/(index-[\w-]+\.js)/.exec(html)?.[1] as string);
    for (const name of names) if (/^(pixels|compute)\.worker-.*\.js$/.test(name)) await take(name);
    // Less than servers take for files that stay: what they send is smaller.
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
    let bytes = 0;
    for (const name of [...seen, ...names.filter((each) => each.endsWith(".css"))]) {
      bytes += brotliCompressSync(await readFile(join(assets, name)), quality).length;
    }
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(350_000);
  });

  test.each([
    ["light", 1280, 800],
    ["dark", 1280, 800],
    ["light", 768, 1024],
    ["dark", 390, 844],
  ])("axe finds nothing to say, %s at %i × %i", async (theme, width, height) => {
    await page.setViewportSize({ width, height });
    const isDark = (await page.getAttribute("html", "data-theme")) === "dark";
    if (isDark !== (theme === "dark")) await page.click("header > .icon");
    // The colours of buttons change softly.
    await page.waitForTimeout(400);
    for (const name of ["find", "objects", "train", "save"]) {
      await tab(name);
      expect(await violations(page), `${name}, ${theme}, ${width}`).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("works without a network, once it was loaded", async () => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.waitForFunction(async () => (await caches.keys()).some((name) => name.startsWith("studio-")));
    await context.setOffline(true);
    await page.goto(`${address}?backend=simd`);
    await page.locator(".entry").waitFor({ timeout: 60_000 });
    await settled();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await tab("find");
    await page.click("text=Segment this");
    await atRest();
    await context.setOffline(false);
  });

  test("a file of 1 GB, 500 files and a full disk are said, and nothing is lost", async () => {
    const other = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const tab = await other.newPage();
    tab.on("pageerror", (error) => problems.push(error.message));
    await tab.goto(`${address}?backend=simd`);
    await tab.locator(".network").first().waitFor({ timeout: 60_000 });
    const open = (files: Parameters<Page["setInputFiles"]>[1]) =>
      tab.setInputFiles(".images input[type=file] >> nth=0", files);

    const large = join(outDir, "large.tif");
    await writeLargeTiff(large, 32_768);
    await open(large);
    await tab
      .locator(".notice.error:has-text('32768 × 32768 is more than maxPixels')")
      .waitFor({ timeout: 60_000 });
    await rm(large);
    expect(await tab.locator(".entry").count()).toBe(0);

    const { image } = await cells(2).get(0);
    const buffer = Buffer.from(await encodePng(image));
    const files = Array.from({ length: 500 }, (_, i) => ({
      name: `${i}.png`,
      mimeType: "image/png",
      buffer,
    }));
    await open(files);
    await tab.locator(".entry >> nth=499").waitFor({ timeout: 300_000 });
    await tab.locator(".progress").waitFor({ state: "detached", timeout: 60_000 });

    const debug = await other.newCDPSession(tab);
    await debug.send("Storage.overrideQuotaForOrigin", { origin: new URL(address).origin, quotaSize: 1 });
    await open({ name: "last.png", mimeType: "image/png", buffer });
    await tab.locator(".notice.error:has-text('could not be kept')").waitFor({ timeout: 60_000 });
    expect(await tab.locator(".notices").textContent()).toMatch(/has room for|storage quota/);
    expect(await tab.locator(".entry").count()).toBe(501);
    await other.close();
  });

  test("segments on WebGPU, too", async () => {
    const other = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const before = page;
    page = await other.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(`${address}?backend=webgpu`);
    await page.locator(".backend summary").waitFor({ timeout: 120_000 });
    expect((await text(".backend summary"))?.trim()).toBe("webgpu");
    const small = { width: 32, height: 32, channels: 1, data: stack[0].data.slice(0, 1024) };
    const buffer = Buffer.from(await encodeTiff([small]));
    await page.setInputFiles(".images input[type=file]", {
      name: "small.tif",
      mimeType: "image/tiff",
      buffer,
    });
    await settled();
    await openNetwork();
    await page.click("text=Segment this");
    await atRest();
    await tab("save");
    const [labels] = await readLabelStack((await download("Labels, TIFF")).bytes);
    const model = await modelFromBytes(network);
    const found = await segment(small, model);
    model.dispose();
    const different = labels.data.filter((label, i) => label > 0 !== found.labels.data[i] > 0).length;
    expect(different).toBeLessThanOrEqual(3);
    await other.close();
    page = before;
  });

  test("asks nobody else for anything, and complains of nothing", () => {
    expect(strangers).toEqual([]);
    expect(problems).toEqual([]);
  });
});

async function contentOf(download: Download): Promise<{ name: string; bytes: Uint8Array }> {
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}

/** A grey TIFF of 8 bits whose pixels are a hole in the file. */
async function writeLargeTiff(path: string, side: number): Promise<void> {
  const entries = [
    [256, 4, side],
    [257, 4, side],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 512],
    [277, 3, 1],
    [278, 4, side],
    [279, 4, side * side],
  ];
  const head = Buffer.alloc(512);
  head.write("II", 0, "latin1");
  head.writeUInt16LE(42, 2);
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(1, at + 4);
    head.writeUInt32LE(value, at + 8);
  }
  await writeFile(path, head);
  await truncate(path, 512 + side * side);
}

/** A network as the two files that `saveModel` writes. */
function filesOf(bytes: Uint8Array): Array<{ name: string; mimeType: string; buffer: Buffer }> {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return [
    { name: "model.json", mimeType: "application/json", buffer: Buffer.from(bytes.subarray(4, 4 + length)) },
    {
      name: "weights.bin",
      mimeType: "application/octet-stream",
      buffer: Buffer.from(bytes.subarray(4 + length)),
    },
  ];
}

/** What axe finds wrong with the page, in words. */
async function violations(page: Page): Promise<string[]> {
  // By the debugger, which the page's policy does not hold back.
  const found = await page.evaluate(`${axe.source}; axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html + " " + failureSummary)))`);
  return found as string[];
}
