import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./run.mjs";

/** Takes from the wheel what a C program needs: the two libraries and the headers. */
const unpack = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
libraries = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
wheel.extractall(sys.argv[2], [name for name in wheel.namelist()
                               if name in libraries or name.startswith("tensorflow/include/")])
`;

/**
 * The folder with TensorFlow's libraries and headers, downloaded with pip where the cache has none.
 *
 * @param {{ wheel: string, version: string, megabytes: number }} wheel
 * @param {(what: string, work: () => Promise<unknown>) => Promise<unknown>} step reports progress
 * @returns {Promise<string>} holds `libtensorflow_cc.so.2`, `libtensorflow_framework.so.2`, `include`
 */
export async function fetchLibrary({ wheel, version, megabytes }, step) {
  const target = join(cacheFolder(), `${wheel}-${version}`);
  if (existsSync(target)) return target;
  mkdirSync(cacheFolder(), { recursive: true });
  const partial = mkdtempSync(`${target}.partial-`);
  const discard = () => rmSync(partial, { recursive: true, force: true });
  const interrupted = () => {
    discard();
    process.stdout.write("interrupted\n");
    process.exit(130);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    await step(`downloading ${wheel} ${version} (${megabytes} MB)`, () => download(wheel, version, partial));
    await step("unpacking the library", async () => {
      const file = readdirSync(partial).find((name) => name.endsWith(".whl"));
      await run("python3 cannot unpack the wheel", "python3", ["-c", unpack, join(partial, file), partial]);
      if (!existsSync(target)) renameSync(join(partial, "tensorflow"), target);
    });
    return target;
  } finally {
    discard();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}

/** `$UNET_CACHE`, else `unet` in the user's cache folder. */
export function cacheFolder(environment = process.env) {
  const { UNET_CACHE, XDG_CACHE_HOME } = environment;
  return resolve(UNET_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "unet"));
}

/** The wheel of one Python, whichever is installed: its C library is the same in all of them. */
function download(wheel, version, folder) {
  const platforms = ["manylinux_2_17_x86_64", "manylinux2014_x86_64"].flatMap((name) => ["--platform", name]);
  return run("pip cannot download the wheel", "python3", [
    ...["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off"],
    ...["--disable-pip-version-check", "--no-cache-dir", "--python-version=3.11", "--implementation=cp"],
    ...platforms,
    ...["--dest", folder, `${wheel}==${version}`],
  ]);
}
