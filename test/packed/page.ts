import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium } from "playwright";
import { chromiumFlags, findChromium } from "../../scripts/chromium.mjs";

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves a folder, opens it in Chromium, and gives what the page prints, up to the line that `last` describes. */
export async function printedByPage(
  folder: string,
  last: RegExp,
): Promise<{ log: string[]; warnings: string[] }> {
  const server = createServer(async ({ url }, response) => {
    const path = new URL(url as string, "http://localhost").pathname.replace(/\/$/, "/index.html");
    const content = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(content ? 200 : 404, { "content-type": types[extname(path)] ?? "text/plain" });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags, timeout: 0 });
  try {
    const page = await browser.newPage();
    const log: string[] = [];
    const warnings: string[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      page.on("console", (message) => {
        if (message.type() === "warning") warnings.push(message.text());
        if (message.type() === "log") log.push(message.text());
        if (last.test(message.text())) resolve();
      });
      page.on("pageerror", reject);
    });
    const address = `http://localhost:${(server.address() as AddressInfo).port}/`;
    await Promise.all([ended, page.goto(address, { timeout: 0 })]);
    return { log, warnings };
  } finally {
    await browser.close();
    server.close();
  }
}
