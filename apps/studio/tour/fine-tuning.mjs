// Three annotated images, a minute of training in the page from the network `nuclei`: F1 at IoU 0.5 on the others before and
// after, in three draws. `pnpm --filter @unet/studio fine-tuning` [--data FOLDER] [--minutes 1] [--draws 3]; the folder
// holds `images` and `masks`, by default $UNET_DATA/nuclei/brightfield, 13 images of a kind that the network has not seen.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { randomAt, readLabels } from "@unet/image";
import { instanceScores } from "@unet/metrics";
import { unzipSync } from "fflate";
import { chromium } from "playwright";
import { build, preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const { UNET_DATA = join(root, "../../../shared/data"), UNET_CHROMIUM = "/usr/bin/chromium" } = process.env;
const { values } = parseArgs({
  options: {
    data: { type: "string", default: join(UNET_DATA, "nuclei/brightfield") },
    minutes: { type: "string", default: "1" },
    draws: { type: "string", default: "3" },
  },
});

const work = await mkdtemp(join(tmpdir(), "unet-fine-tuning-"));
const shared = { root, logLevel: "error", build: { outDir: join(work, "dist"), emptyOutDir: true } };
await build(shared);
const server = await preview({ ...shared, preview: { port: 0 } });
const browser = await chromium.launch({
  executablePath: UNET_CHROMIUM,
  args: ["--no-sandbox", "--disable-quic"],
});
const names = (await readdir(join(values.data, "images"))).sort();

try {
  for (let draw = 0; draw < Number(values.draws); draw++) {
    const order = shuffled(names, draw);
    const [learnt, others] = [order.slice(0, 3), order.slice(3, 13)];
    const { before, after, steps } = await scoresOf(learnt, others, draw);
    console.log(
      `draw ${draw + 1}: F1 at IoU 0.5 on ${others.length} other images ${before.toFixed(3)} before, ${after.toFixed(3)} after ${steps}`,
    );
  }
} finally {
  await browser.close();
  await server.close();
  await rm(work, { recursive: true, force: true });
}

async function scoresOf(learnt, others, draw) {
  const folder = join(work, `draw-${draw}`);
  for (const part of ["images", "masks"]) {
    await mkdir(join(folder, part), { recursive: true });
    for (const name of learnt) await copyFile(join(values.data, part, name), join(folder, part, name));
  }
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const atRest = () => page.locator(".progress").waitFor({ state: "detached", timeout: 3_600_000 });
  await page.goto(`${server.resolvedUrls.local[0]}?backend=simd`);
  await page.locator(".network").first().waitFor({ timeout: 120_000 });
  await page.setInputFiles(".images input[webkitdirectory]", folder);
  await page.locator(".entry-state:has-text('drawn') >> nth=2").waitFor({ timeout: 120_000 });
  await page.setInputFiles(
    ".images input[type=file] >> nth=0",
    others.map((name) => join(values.data, "images", name)),
  );
  await page.locator(`.entry >> nth=${learnt.length + others.length - 1}`).waitFor({ timeout: 120_000 });
  await atRest();
  const scored = async () => {
    await page.click("#tab-find");
    await page.click("text=/^All \\(/");
    await page.locator(".progress").waitFor();
    await atRest();
    await page.click("#tab-save");
    await page.click(".segmented label:has-text('All')");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Labels, TIFF")]);
    const files = unzipSync(new Uint8Array(await readFile(await download.path())));
    const pairs = [];
    for (const name of others) {
      const found = await readLabels(files[name.replace(/\.[^.]+$/, "-labels.tif")]);
      pairs.push([found, await readLabels(join(values.data, "masks", name))]);
    }
    const [found, truth] = [pairs.map(([labels]) => labels), pairs.map(([, labels]) => labels)];
    return instanceScores(found, truth, { thresholds: [0.5] }).f1;
  };
  const before = await scored();
  await page.click("#tab-train");
  await page.locator(".panel .row input[type=number]").fill(values.minutes);
  await page.click(".panel .primary:has-text('Train')");
  await page.locator(".progress").waitFor();
  await atRest();
  const after = await scored();
  await page.click("#tab-find");
  const steps = /\d+ steps/.exec(await page.locator(".network:has(:checked)").textContent())?.[0];
  await context.close();
  return { before, after, steps };
}

function shuffled(all, seed) {
  const random = randomAt(seed, "fine-tuning", 0);
  return all
    .map((name) => [random(), name])
    .sort(([a], [b]) => a - b)
    .map(([, name]) => name);
}
