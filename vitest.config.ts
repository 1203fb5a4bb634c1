import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumFlags, findChromium, findVulkanDriver } from "./scripts/chromium.mjs";
import { sourceWorkers } from "./scripts/source-workers.js";

/** Packages resolve to their sources, so that no test needs a build. */
const conditions = ["@unet/source"];
const chromium = findChromium();
const vulkanDriver = process.env.VK_ICD_FILENAMES ?? findVulkanDriver(chromium);

/** What the tests find on this machine; empty where there is none, whatever the caller's environment names. */
const env = {
  UNET_CHROMIUM: chromium ?? "",
  ...(vulkanDriver && { VK_ICD_FILENAMES: vulkanDriver }),
};

/** A Node project for each workspace package: packages and apps are named as they are, examples `example-NAME`. */
const folders = (parent: string, prefix = "") =>
  (existsSync(parent) ? readdirSync(parent) : [])
    .filter((name) => existsSync(`${parent}/${name}/package.json`))
    .map((name) => ({ name: prefix + name, folder: `${parent}/${name}/test` }));

const node = [
  ...folders("packages"),
  ...folders("apps"),
  ...folders("examples", "example-"),
  { name: "workspace", folder: "test" },
];

const importedOnFirstUse = [
  ...["core", "layers", "backend-cpu", "backend-wasm", "backend-webgl", "backend-webgpu"].map(
    (name) => `@tensorflow/tfjs-${name}`,
  ),
  "fast-png",
  "geotiff",
  "pako",
  "zarrita",
];

export default defineConfig({
  test: {
    maxWorkers: Math.max(2, availableParallelism() >> 1),
    projects: [
      ...node.map(({ name, folder }) => ({
        plugins: [sourceWorkers(conditions)],
        resolve: { conditions },
        ssr: { resolve: { conditions, externalConditions: conditions } },
        test: {
          name,
          include: [`${folder}/**/*.test.ts`],
          exclude: ["**/*.browser.test.ts"],
          env,
          pool: "forks" as const,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      })),
      {
        resolve: { conditions: [...conditions, "browser", "module", "import", "default"] },
        // What is imported on first use: found in the middle of a test, it would reload the page.
        optimizeDeps: { include: importedOnFirstUse },
        test: {
          name: "browser",
          include: ["packages/*/test/**/*.browser.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // after the Node projects: a browser that computes on the CPU wants all of it
          sequence: { groupOrder: 1 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromium, args: chromiumFlags } }),
            instances: [{ browser: "chromium" as const }],
          },
        },
      },
    ],
  },
});
