// Walks through the studio as a new user would, in Chromium: prints how long each step takes, and takes the pictures of the
// README. `pnpm --filter @unet/studio tour` [--pictures FOLDER]; the page is built first.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { build, preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { pictures: { type: "string", default: join(root, "../../docs/images") } },
});
const { UNET_CHROMIUM = "/usr/bin/chromium" } = process.env;

const outDir = await mkdtemp(join(tmpdir(), "unet-tour-"));
const shared = { root, logLevel: "error", build: { outDir, emptyOutDir: true } };
await build(shared);
const server = await preview({ ...shared, preview: { port: 0 } });
const browser = await chromium.launch({
  executablePath: UNET_CHROMIUM,
  args: ["--no-sandbox", "--disable-quic"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
const problems = [];
page.on("pageerror", ({ message }) => problems.push(message));
page.on("console", (message) => {
  if (message.type() === "error") problems.push(message.text());
});

const settled = () => page.locator('.picture[data-settled="true"]').waitFor({ timeout: 300_000 });
const atRest = () => page.locator(".progress").waitFor({ state: "detached", timeout: 600_000 });
const picture = (name) => page.screenshot({ path: join(values.pictures, `${name}.png`) });

try {
  await timed("the page, until it can compute", async () => {
    await page.goto(`${server.resolvedUrls.local[0]}?backend=simd`);
    await page.locator(".backend summary").waitFor({ timeout: 120_000 });
    await page.locator(".network").first().waitFor();
  });
  await timed("three sample images", async () => {
    await page.click(".welcome .sample");
    await page.locator(".entry >> nth=2").waitFor();
    await settled();
  });
  await timed("segmenting one of 512² by the network nuclei, which is loaded first", segmentThis);
  await timed("segmenting it again", segmentThis);
  await settled();
  await picture("studio");
  await page.keyboard.press("b");
  await timed("a stroke of the brush, until it is counted", async () => {
    const before = await page.locator(".entry-state").first().textContent();
    const { x, y, width, height } = await page.locator(".picture").boundingBox();
    await page.mouse.move(x + width * 0.55, y + height * 0.3);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.58, y + height * 0.32, { steps: 6 });
    await page.mouse.up();
    await page.waitForFunction(
      (before) => document.querySelector(".entry-state").textContent !== before,
      before,
    );
  });
  await page.click("#tab-train");
  await page.selectOption(".panel .row select", "steps");
  await page.locator(".panel .row input[type=number]").fill("20");
  await timed("learning 20 steps from it", async () => {
    await page.click(".panel .primary:has-text('Train')");
    await page.locator(".progress").waitFor();
    await atRest();
  });
  await page.click("header > .icon");
  await settled();
  // The colours of buttons change softly.
  await page.waitForTimeout(400);
  await picture("studio-train");
  await page.click("header > .icon");
  await page.click("#tab-find");
  await timed("segmenting all others by what was learnt", async () => {
    await page.click("text=/^All \\(/");
    await page.locator(".progress").waitFor();
    await atRest();
  });
  await page.click("#tab-save");
  await timed("the labels as TIFF", async () => {
    await Promise.all([page.waitForEvent("download"), page.click("text=Labels, TIFF")]);
  });
  await pan();
} finally {
  await browser.close();
  await server.close();
  await rm(outDir, { recursive: true, force: true });
}
for (const problem of problems) console.log(`problem: ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);

async function segmentThis() {
  await page.click("text=Segment this");
  await page
    .locator(".progress")
    .waitFor({ timeout: 10_000 })
    .catch(() => {});
  await atRest();
}

/** Moves an image of 8192² about, and tells how long the page took for each frame. */
async function pan() {
  const side = 8192;
  await timed(`opening an image of ${side}²`, async () => {
    // by its path: Playwright takes no more than 50 MB from memory
    const large = join(outDir, "large.tif");
    await writeFile(large, largeTiff(side));
    await page.setInputFiles(".images input[type=file]", large);
    await page.locator(".entry-name:text-is('large.tif')").waitFor({ timeout: 300_000 });
    await settled();
  });
  await page.evaluate(() => {
    window.frames = [];
    window.long = [];
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === "frame") window.frames.push(duration);
    }).observe({ entryTypes: ["measure"] });
    new PerformanceObserver((list) =>
      window.long.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({
      entryTypes: ["longtask"],
    });
  });
  await page.keyboard.press("v");
  const { x, y, width, height } = await page.locator(".picture").boundingBox();
  for (let zoom = 0; zoom < 3; zoom++) {
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.wheel(0, -600);
    await page.mouse.down();
    await page.mouse.move(x + 100, y + 100, { steps: 40 });
    await page.mouse.move(x + width - 100, y + height - 100, { steps: 80 });
    await page.mouse.up();
  }
  await settled();
  const { frames, long } = await page.evaluate(() => ({ frames: window.frames, long: window.long }));
  frames.sort((a, b) => a - b);
  const at = (share) => frames[Math.floor(share * (frames.length - 1))].toFixed(1);
  console.log(
    `panning: ${frames.length} frames, median ${at(0.5)} ms, 95 % below ${at(0.95)} ms, longest ${at(1)} ms; tasks of the page over 50 ms: ${long.length === 0 ? "none" : long.map((ms) => `${ms} ms`).join(", ")}`,
  );
}

/** A grey TIFF of 8 bits without compression: a header, one strip, smooth waves. */
function largeTiff(side) {
  const entries = [
    [256, 4, side],
    [257, 4, side],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, side],
    [279, 4, side * side],
  ];
  const pixels = side * side;
  const file = Buffer.alloc(8 + pixels + 2 + 12 * entries.length + 4);
  file.write("II", 0, "latin1");
  file.writeUInt16LE(42, 2);
  file.writeUInt32LE(8 + pixels, 4);
  const wave = Float64Array.from({ length: side }, (_, i) => 60 * Math.sin(i / 9) + 30 * Math.sin(i / 231));
  for (let y = 0, i = 8; y < side; y++)
    for (let x = 0; x < side; x++, i++) file[i] = 128 + (wave[x] * wave[y]) / 80;
  let at = 8 + pixels;
  file.writeUInt16LE(entries.length, at);
  at += 2;
  for (const [tag, type, value] of entries) {
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(value, at + 8);
    at += 12;
  }
  return file;
}

async function timed(title, work) {
  const began = performance.now();
  await work();
  console.log(`${title}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
