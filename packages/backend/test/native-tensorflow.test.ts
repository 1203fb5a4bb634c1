import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin", import.meta.url));
const load = (name: string) => import(new URL(`../bin/native-tensorflow/${name}.mjs`, import.meta.url).href);
const { findPackage, probe } = await load("addon");
const { cacheFolder } = await load("library");
const { platformProblem, thisPlatform } = await load("requirements");
const { tellingLine } = await load("run");

const work = mkdtempSync(join(tmpdir(), "unet-native-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const supported = platformProblem(thisPlatform()) === undefined;
const packages = ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"];

/** Runs the command, or a copy of it that stands elsewhere. */
function command(
  options: string[],
  { script = join(bin, "native-tensorflow.mjs"), cwd = work, env = {} } = {},
) {
  const settings = { cwd, encoding: "utf8", env: { ...process.env, NODE_PATH: "", ...env } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], settings);
  return { status, stdout, stderr };
}

/** A project with a tfjs-node whose addon is not built, and a PATH with only the given programs. */
function unbuilt(name: string, programs: Record<string, string> = {}) {
  const cwd = join(work, name);
  const tfjs = join(cwd, "node_modules", "@tensorflow", "tfjs-node");
  mkdirSync(tfjs, { recursive: true });
  writeFileSync(join(tfjs, "package.json"), '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0" }');
  writeFileSync(join(tfjs, "index.js"), 'throw new Error("the addon is missing");');
  const path = join(cwd, "bin");
  mkdirSync(path);
  for (const [program, script] of Object.entries(programs)) {
    writeFileSync(join(path, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, program), 0o755);
  }
  return { cwd, env: { PATH: path, UNET_CACHE: join(cwd, "cache"), CXX: "" } };
}

describe("unet-native-tensorflow", () => {
  it("explains itself", () => {
    const { status, stdout } = command(["--help"], { env: { UNET_CACHE: join(work, "kept") } });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^usage: unet-native-tensorflow \[--gpu\]/);
    expect(stdout).toContain(join(work, "kept"));
  });

  it("refuses an option that it does not know", () => {
    expect(command(["--cuda"])).toEqual({
      status: 2,
      stdout: "",
      stderr: "native-tensorflow: unknown option --cuda: there are --gpu and --help\n",
    });
  });

  it.skipIf(!supported)("says how to install a package that is not there (needs Linux on x64)", () => {
    const elsewhere = join(work, "elsewhere");
    cpSync(bin, elsewhere, { recursive: true });
    expect(command(["--gpu"], { script: join(elsewhere, "native-tensorflow.mjs") })).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "native-tensorflow: @tensorflow/tfjs-node-gpu is not installed here: npm install @tensorflow/tfjs-node-gpu@4.22.0 --ignore-scripts\n",
    });
  });

  it.skipIf(!supported)("names the tool that is missing (needs Linux on x64)", () => {
    const missing = (name: string, programs: Record<string, string>) => {
      const { status, stdout, stderr } = command([], unbuilt(name, programs));
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      return stderr;
    };
    const fine = "exit 0";
    const noPip = 'test "$1" != -m';
    expect(missing("a", {})).toMatch(/: python3 is missing: apt-get install python3 python3-pip\n$/);
    expect(missing("b", { python3: noPip })).toMatch(/: pip for python3 is missing: .* python3-pip\n$/);
    expect(missing("c", { python3: fine })).toMatch(
      /: the C\+\+ compiler g\+\+ is missing: .* g\+\+ make\n$/,
    );
    expect(missing("d", { python3: fine, "g++": fine })).toMatch(/: make is missing: .* g\+\+ make\n$/);
  });

  it.skipIf(!supported)("passes on why pip failed, and keeps nothing half done (needs Linux on x64)", () => {
    const failing = 'echo "ERROR: no network" >&2; echo "[notice] a new pip"; exit 1';
    const pip = `case "$*" in *--version) ;; *) ${failing} ;; esac`;
    const project = unbuilt("pip", { python3: pip, "g++": "exit 0", make: "exit 0" });
    const { status, stdout, stderr } = command([], project);
    expect(readdirSync(project.env.UNET_CACHE)).toEqual(["native-tensorflow.log"]);
    const log = join(project.env.UNET_CACHE, "native-tensorflow.log");
    expect(status).toBe(1);
    expect(stdout).toBe("downloading tensorflow-cpu 2.15.1 (207 MB) … failed\n");
    expect(stderr).toBe(
      `native-tensorflow: pip cannot download the wheel: ERROR: no network (all of it: ${log})\n`,
    );
    expect(readFileSync(log, "utf8")).toContain("[notice] a new pip");
  });

  for (const name of packages) {
    const folder = supported ? findPackage(name) : undefined;
    const option = name.endsWith("gpu") ? ["--gpu"] : [];
    const built = folder !== undefined && probe(folder).version !== undefined;
    const need = `pnpm native:tensorflow ${option}`.trim();
    it.skipIf(!built)(`leaves a built ${name} as it is (needs native TensorFlow: ${need})`, () => {
      const { status, stdout, stderr } = command(option);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^already built: tfjs-node(-gpu)? on TensorFlow 2\.15\.1 is ready \(.+\)\n$/);
    });
  }
});

describe("platformProblem", () => {
  it("has none with Linux on x64 and glibc", () => {
    expect(platformProblem({ platform: "linux", arch: "x64", glibc: "2.36" })).toBeUndefined();
  });

  it("says what to do elsewhere", () => {
    expect(platformProblem({ platform: "darwin", arch: "arm64" })).toContain(
      "npm rebuild @tensorflow/tfjs-node",
    );
    expect(platformProblem({ platform: "win32", arch: "x64" })).toContain("WSL");
    expect(platformProblem({ platform: "linux", arch: "arm64", glibc: "2.36" })).toContain("linux on arm64");
    expect(platformProblem({ platform: "linux", arch: "x64" })).toContain("Debian");
  });
});

describe("cacheFolder", () => {
  it("is UNET_CACHE, else unet in the user's cache", () => {
    expect(cacheFolder({ UNET_CACHE: "/kept", XDG_CACHE_HOME: "/caches" })).toBe("/kept");
    expect(cacheFolder({ XDG_CACHE_HOME: "/caches" })).toBe("/caches/unet");
    expect(cacheFolder({})).toMatch(/\.cache.unet$/);
  });
});

describe("tellingLine", () => {
  it("finds a compiler's first error, pip's last one, else the last line", () => {
    expect(tellingLine("make: in\na.cc:1:2: fatal error: no b.h\nmake: *** 1\ngyp ERR! not ok\n")).toBe(
      "a.cc:1:2: fatal error: no b.h",
    );
    expect(tellingLine("ERROR: one\nERROR: two\n[notice] new\n")).toBe("ERROR: two");
    expect(tellingLine("first\nlast\n\n")).toBe("last");
    expect(tellingLine("")).toBe("");
  });
});
