import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of the Chromium that tests drive: `UNET_CHROMIUM`, else the first on the PATH; or undefined. */
export function findChromium() {
  const named = process.env.UNET_CHROMIUM;
  if (named) return isExecutable(named) ? named : undefined;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** The manifest of the software Vulkan driver that Debian's Chromium brings: WebGPU in Node uses it. */
export function findVulkanDriver(chromium) {
  const folders = [
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    ...(chromium ? [dirname(chromium)] : []),
  ];
  return folders.map((folder) => join(folder, "vk_swiftshader_icd.json")).find((path) => existsSync(path));
}

/** Flags for a headless Chromium in a container: WebGPU on the CPU, nothing that phones home. */
export const chromiumFlags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
