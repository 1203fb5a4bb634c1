import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const python = process.env.UNET_PYTHON ?? "python3";

/**
 * Starts a script of `bench/peers` in the Python of `UNET_PYTHON` (default `python3`), on one thread.
 *
 * @param {string} script
 * @param {string} packages what `pip install` needs for it
 * @returns {Promise<{ time: (task: string, ...given: unknown[]) => Promise<number>, stop: () => void } | undefined>}
 *   `time` answers the milliseconds of one run; nothing where a package is missing, which is said
 */
export async function startPython(script, packages) {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const threads = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const child = spawn(python, [path], {
    env: { ...process.env, ...threads },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await lines.next()).value ?? '{"ready":false}');
  const { ready, missing = python } = await answer();
  if (!ready) {
    console.log(
      `Without the peers in Python: ${missing} is missing. To install them:\n  python3 -m venv peers && peers/bin/pip install ${packages}\nand name that Python: UNET_PYTHON=peers/bin/python\n`,
    );
    return undefined;
  }
  return {
    async time(task, ...given) {
      child.stdin.write(`${JSON.stringify({ task, arguments: given })}\n`);
      return (await answer()).milliseconds;
    },
    stop: () => child.stdin.end(),
  };
}
