// What `npm run cases` runs after set-up: the shared cases, as a table of what is right and what comes out.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const report = ".cache/cases.json";
const folder = resolve(process.env.UNET_CASES ?? "../shared/cases");
if (!existsSync(folder)) {
  console.error(`there is no folder ${folder}; name the one that has the cases in UNET_CASES`);
  process.exit(1);
}
rmSync(report, { force: true });
const tests = "packages/cli/test/cases/cases.test.ts";
const flags = ["--project", "cli", tests, "--reporter=json", `--outputFile.json=${report}`];
const { stdout, stderr } = spawnSync("node_modules/.bin/vitest", ["run", ...flags], {
  env: { ...process.env, UNET_BACKEND: process.env.UNET_BACKEND ?? "wasm", UNET_CASES: folder },
  encoding: "utf8",
  shell: process.platform === "win32",
  maxBuffer: 1 << 28,
});
if (!existsSync(report)) {
  console.error(`the cases did not run\n\n${stdout}${stderr}`);
  process.exit(1);
}

const cases = JSON.parse(readFileSync(report, "utf8")).testResults.flatMap((file) => file.assertionResults);
const widths = [26, 34, 56];
console.log(`  ${row("case", "right", "ours")}`);
for (const { title, status, meta, failureMessages } of cases) {
  const ours = meta.ours ?? `failed: ${failureMessages[0] ?? "?"}`;
  console.log(`${status === "passed" ? "✓" : "✗"} ${row(title, meta.right ?? "", ours)}`);
}
const wrong = cases.filter(({ status }) => status !== "passed").length;
console.log(`\n${cases.length} cases, ${wrong === 0 ? "all right" : `${wrong} wrong`}`);
process.exit(wrong === 0 && cases.length > 0 ? 0 : 1);

/** Cells side by side, each wrapped within its column. */
function row(...cells) {
  const columns = cells.map((cell, i) => wrap(cell, widths[i]));
  const height = Math.max(...columns.map(({ length }) => length));
  const lines = Array.from({ length: height }, (_, y) =>
    columns.map((lines, i) => (lines[y] ?? "").padEnd(widths[i])).join("  "),
  );
  return lines.map((line) => line.trimEnd()).join("\n  ");
}

function wrap(text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines[lines.length - 1];
    if (line && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}
