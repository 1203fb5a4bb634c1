// What `npm test` runs after set-up: every check, then every test, then the sums.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.mjs";
import { describeSkipped, summarise } from "./test-summary.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.on("SIGINT", () => process.exit(130));
const report = ".cache/vitest.json";
const turbo = ["turbo", "run", "--output-logs=errors-only"];
const checks = [
  ["biome", ["biome", "check", "--error-on-warnings", "."]],
  ["boundaries", ["turbo", "boundaries"]],
  ["typecheck", [...turbo, "typecheck", "typecheck:root"]],
  ["build", [...turbo, "build"]],
  ["publint + attw", [...turbo, "publint"]],
  ["size-limit", ["size-limit"]],
  ["knip", ["knip"]],
];

const failedChecks = checks.filter(([name, command]) => !check(name, command)).length;
const chromium = findChromium() ?? installChromium();
const { passed, failed, skipped } = test();
if (!chromium) {
  const files = browserTestFiles().length;
  skipped.set("files of browser tests: needs Chromium", files);
  process.stdout.write(
    `\nNOT RUN for want of Chromium: ${files} files of browser tests.\n` +
      "Install it (Debian: sudo apt-get install chromium) or name it in UNET_CHROMIUM, and run this again.\n",
  );
}
process.stdout.write(`\n${describeSkipped(skipped)}\n`);
process.stdout.write(`${passed + checks.length - failedChecks} passed, ${failed + failedChecks} failed\n`);
process.exit(failed + failedChecks ? 1 : 0);

/** Runs one check; prints its line, and what it said where it fails. */
function check(name, command) {
  const start = performance.now();
  const { status, stdout, stderr, error } = tool(command, { encoding: "utf8", maxBuffer: 1 << 28 });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "✓" : "✗"} ${name.padEnd(16)} ${seconds.padStart(6)} s\n`);
  if (status !== 0) process.stdout.write(`\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}\n`);
  return status === 0;
}

function test() {
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const flags = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  if (!chromium) flags.push("--project=!browser");
  const { status } = tool(["vitest", "run", ...flags, ...process.argv.slice(2)], { stdio: "inherit" });
  const results = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).testResults : [];
  return summarise(results, status === 0);
}

/** Runs a tool of the workspace's own; its exports are those in `node_modules/.bin`. */
function tool([name, ...args], options) {
  return spawnSync(`node_modules/.bin/${name}`, args, { shell: process.platform === "win32", ...options });
}

/** Debian's Chromium, where we may: as root, by apt. */
function installChromium() {
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) return undefined;
  process.stdout.write("installing Chromium by apt …\n");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { status, stdout, stderr } = spawnSync("apt-get", ["-q", ...args], { env, encoding: "utf8" });
    if (status !== 0) process.stdout.write(`${stdout}${stderr}`);
  }
  return findChromium();
}

function browserTestFiles() {
  return readdirSync("packages").flatMap((name) => {
    const folder = `packages/${name}/test`;
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
    return files.filter((file) => file.endsWith(".browser.test.ts"));
  });
}
