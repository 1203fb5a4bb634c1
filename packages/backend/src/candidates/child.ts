import { Unavailable } from "../errors.js";

/**
 * Runs a CommonJS program in a Node process of its own: native libraries that can't live together in one
 * process, print what nobody asked for, or crash, do it there.
 *
 * @param program prints its answer as JSON in its last line; `process.argv[1]` is `packageName`'s main file
 * @throws Unavailable with the last line that the program printed as an error
 */
export async function askChild<T>(packageName: string, program: string): Promise<T> {
  const { childProcess, modules } = await import("@unet/image/node");
  const main = resolveMain(modules.createRequire(import.meta.url), packageName);
  const env = { TF_CPP_MIN_LOG_LEVEL: "3", ...process.env };
  return new Promise((resolve, reject) => {
    const options = { env, encoding: "utf8", timeout: 60_000 } as const;
    childProcess.execFile(process.execPath, ["-e", program, main], options, (error, stdout, stderr) => {
      if (!error) return resolve(JSON.parse(lastLine(stdout)));
      reject(new Unavailable(`${packageName} does not load: ${lastLine(stderr) || error.message}`));
    });
  });
}

function resolveMain({ resolve }: NodeJS.Require, packageName: string): string {
  try {
    return resolve(packageName);
  } catch (cause) {
    throw new Unavailable(`not installed (npm install ${packageName})`, { cause });
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
