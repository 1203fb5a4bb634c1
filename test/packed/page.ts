import { chromium } from "playwright";
import { build, preview } from "vite";
import { chromiumFlags, findChromium } from "../../scripts/chromium.mjs";

/** Builds the folder's `index.html` with Vite as a user would, and gives what the page prints first. */
export async function firstLineOfPage(folder: string): Promise<string> {
  const shared = { root: folder, configFile: false, logLevel: "error" } as const;
  await build({ ...shared, build: { target: "es2022" } });
  const server = await preview({ ...shared, preview: { port: 0 } });
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags });
  try {
    const page = await browser.newPage();
    const printed = new Promise<string>((resolve, reject) => {
      page.on("console", (message) => {
        if (message.type() === "log") resolve(message.text());
      });
      page.on("pageerror", reject);
    });
    await page.goto(server.resolvedUrls?.local[0] as string);
    return await printed;
  } finally {
    await browser.close();
    await server.close();
  }
}
