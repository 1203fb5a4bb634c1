import { execFile } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs a program in a folder; resolves with what it printed, rejects with all that it said. */
export async function run(folder: string, command: string, ...args: string[]): Promise<string> {
  // settings of the pnpm or npm that runs the tests are not the user's
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_ENV|NODE_PATH|VITEST|UNET_BACKEND)/i.test(name),
  );
  const PATH = [resolve(".tools/node_modules/.bin"), process.env.PATH].join(delimiter); // where set-up puts pnpm
  const env = { ...Object.fromEntries(own), PATH, NEXT_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  try {
    return (await execute(command, args, { cwd: folder, env, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
