// Sets a clone up and then runs something in it: `node scripts/bootstrap.mjs demo`, `… studio`, `… test` or
// `… cases`; `… setup` only sets it up.
// Plain Node 20 without dependencies: it is what runs when nothing is installed yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const pnpmVersion = manifest.packageManager.replace("pnpm@", "");
const tools = join(root, ".tools");
const stamp = join(root, "node_modules", ".unet-setup");

/** Everything runs by pnpm of exactly our version: no other may step in, download itself or ask. */
const environment = {
  ...process.env,
  COREPACK_ENABLE_NETWORK: "0",
  COREPACK_ENABLE_STRICT: "0",
  npm_config_manage_package_manager_versions: "false",
  npm_config_update_notifier: "false",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  TURBO_TELEMETRY_DISABLED: "1",
};

const commands = {
  setup: () => 0,
  demo() {
    build("--filter=@unet/cli");
    return run(["packages/cli/bin/unet.mjs", "demo", "--out", "out/demo", ...process.argv.slice(3)]);
  },
  cases: () => run(["scripts/cases.mjs"]),
  studio() {
    build("--filter=@unet/studio");
    return run(["node_modules/vite/bin/vite.js", "preview", "apps/studio", ...process.argv.slice(3)]);
  },
  test: () => run(["scripts/test.mjs", ...process.argv.slice(3)]),
};

main();

function main() {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    fail(`Node ${process.versions.node} is too old: install Node 20 or newer, then run this again`);
  }
  const command = commands[process.argv[2]];
  if (!command) fail(`usage: node scripts/bootstrap.mjs ${Object.keys(commands).join("|")}`);
  const pnpm = findPnpm() ?? installPnpm();
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint()) install(pnpm);
  process.exit(command());
}

/** The command line of the right pnpm, ours before the machine's; undefined where there is none. */
function findPnpm() {
  const ours = join(tools, "node_modules", "pnpm", "bin", "pnpm.cjs");
  if (existsSync(ours) && version([process.execPath, ours]) === pnpmVersion) {
    // turbo starts the packages' scripts by the first pnpm on the PATH
    environment.PATH = join(tools, "node_modules", ".bin") + delimiter + environment.PATH;
    return [process.execPath, ours];
  }
  return version(["pnpm"]) === pnpmVersion ? ["pnpm"] : undefined;
}

/** Asked outside the clone, where a pnpm of another version doesn't switch to the one we name. */
function version([command, ...args]) {
  const shell = process.platform === "win32" && command === "pnpm";
  const options = { cwd: tmpdir(), env: environment, encoding: "utf8", shell, timeout: 30_000 };
  return spawnSync(command, [...args, "--version"], options).stdout?.trim();
}

function installPnpm() {
  mkdirSync(tools, { recursive: true });
  // npm must find a package of its own here, or it would install into the workspace above
  writeFileSync(join(tools, "package.json"), '{ "private": true }\n');
  const npm = /npm-cli\.js$/.test(process.env.npm_execpath ?? "")
    ? [process.execPath, process.env.npm_execpath]
    : ["npm"];
  const flags = [
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--no-global",
  ];
  step(`installing pnpm ${pnpmVersion} into .tools`, [
    ...npm,
    "install",
    "--prefix",
    tools,
    ...flags,
    `pnpm@${pnpmVersion}`,
  ]);
  return findPnpm() ?? fail(`pnpm ${pnpmVersion} was installed into .tools but does not start`);
}

function install(pnpm) {
  const flags = ["--frozen-lockfile", "--prod=false", "--config.confirmModulesPurge=false"];
  step("installing dependencies", [...pnpm, "install", ...flags]);
  writeFileSync(stamp, fingerprint());
}

function build(filter) {
  const turbo = join(root, "node_modules", "turbo", "bin", "turbo");
  step("building", [process.execPath, turbo, "run", "build", filter, "--output-logs=errors-only"]);
}

/** What an install depends on: the lock file, every manifest, the machine. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  const folders = ["packages", "apps", "examples"].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(parent, name)) : [],
  );
  const manifests = [".", "bench", ...folders].map((folder) => join(folder, "package.json"));
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests.sort()]) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/** One line for a step that works; all it printed where it fails. */
function step(title, [command, ...args]) {
  const start = performance.now();
  process.stderr.write(`${title} … `);
  const shell = process.platform === "win32" && !command.includes("node");
  const options = { cwd: root, env: environment, encoding: "utf8", shell, maxBuffer: 1 << 28 };
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, input: "" });
  if (status === 0) {
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write(`failed\n\n${stdout ?? ""}${stderr ?? ""}\n`);
  fail(`${title} failed: ${error?.message ?? `${[command, ...args].join(" ")} ended with ${status}`}`);
}

function run(args) {
  process.on("SIGINT", () => {}); // the child decides what an interrupt means
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: root,
    env: environment,
    stdio: "inherit",
  });
  return status ?? (signal === "SIGINT" ? 130 : 1);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
