import { spawnSync } from "node:child_process";

/**
 * What is wrong with a platform and what to do instead, in one line; undefined where nothing is.
 *
 * @param {{ platform: string, arch: string, glibc?: string }} platform as `process.platform`,
 *   `process.arch` and glibc's version, none on musl
 */
export function platformProblem({ platform, arch, glibc }) {
  if (platform === "darwin") return "macOS needs no wheel: run npm rebuild @tensorflow/tfjs-node";
  if (platform === "win32") return "Windows cannot link the wheel's library: run this inside WSL";
  if (platform !== "linux" || arch !== "x64") {
    return `there is no wheel for ${platform} on ${arch}, only for Linux on x64: take the wasm or webgpu backend`;
  }
  if (!glibc)
    return "the wheel's library needs glibc, not musl: take an image of Debian or Ubuntu, not Alpine";
  return undefined;
}

/** The platform that this process runs on. */
export function thisPlatform() {
  const { platform, arch } = process;
  if (platform !== "linux") return { platform, arch };
  process.report.excludeNetwork = true;
  return { platform, arch, glibc: process.report.getReport().header.glibcVersionRuntime };
}

/** The first of pip, compiler and make that does not run, and how to get it; undefined where all do. */
export function missingTool() {
  if (!runs("python3")) return "python3 is missing: apt-get install python3 python3-pip";
  if (!runs("python3", "-m", "pip")) return "pip for python3 is missing: apt-get install python3-pip";
  const [compiler] = (process.env.CXX || "g++").split(" ");
  if (!runs(compiler)) return `the C++ compiler ${compiler} is missing: apt-get install g++ make`;
  if (!runs("make")) return "make is missing: apt-get install g++ make";
  return undefined;
}

function runs(program, ...parameters) {
  return spawnSync(program, [...parameters, "--version"], { stdio: "ignore" }).status === 0;
}
