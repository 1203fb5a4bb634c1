import { existsSync, readdirSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** Packages resolve to their sources, so that no test needs a build. */
const conditions = ["@unet/source"];
const packages = readdirSync("packages").filter((name) => existsSync(`packages/${name}/package.json`));

const chromium = process.env.UNET_CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  test: {
    projects: [
      ...packages.map((name) => ({
        resolve: { conditions },
        ssr: { resolve: { conditions, externalConditions: conditions } },
        test: {
          name,
          include: [`packages/${name}/test/**/*.test.ts`],
          exclude: ["**/*.browser.test.ts"],
          pool: "forks" as const,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      })),
      {
        resolve: { conditions: [...conditions, "browser", "module", "import", "default"] },
        test: {
          name: "browser",
          include: ["packages/*/test/**/*.browser.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: chromium,
                args: [
                  "--no-sandbox",
                  "--enable-unsafe-webgpu",
                  "--use-webgpu-adapter=swiftshader",
                  "--disable-quic",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                ],
              },
            }),
            instances: [{ browser: "chromium" as const }],
          },
        },
      },
    ],
  },
});
