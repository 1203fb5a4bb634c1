import { execFile } from "node:child_process";
import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** An npm project outside of the workspace, with the packed packages installed. */
export interface Project {
  folder: string;
  write(name: string, text: string): Promise<void>;
  /** Runs a program in it; resolves with what it printed, rejects with all that it said. */
  run(command: string, ...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Builds and packs every package, and installs the tarballs with npm into an empty folder.
 *
 * @param peers what a user installs beside them
 */
export async function createProject(peers: string[]): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "unet-packed-")));
  const project: Project = {
    folder,
    write: (name, text) => writeFile(join(folder, name), text),
    run: (command, ...args) => run(folder, command, ...args),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await run(".", resolve("node_modules/.bin/turbo"), "run", "build", "--filter=./packages/*");
  await run(".", "pnpm", "--recursive", "--filter=./packages/*", "pack", "--pack-destination", folder);
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  await project.write("package.json", JSON.stringify({ private: true, type: "module" }));
  await project.run(
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    ...tarballs.map((name) => `./${name}`),
    ...peers,
  );
  return project;
}

async function run(folder: string, command: string, ...args: string[]): Promise<string> {
  // settings of the pnpm or npm that runs the tests are not the user's
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV|NODE_PATH)/i.test(name)),
  );
  try {
    return (await execute(command, args, { cwd: folder, env, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
