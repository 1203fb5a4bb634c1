import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { packRelease } from "./release.js";
import { run } from "./run.js";

/** An npm project outside of the workspace, with the packed packages installed. */
export interface Project {
  folder: string;
  /** The packages as they would be published. */
  tarballs: string[];
  write(name: string, text: string): Promise<void>;
  /** Runs a program in it; resolves with what it printed, rejects with all that it said. */
  run(command: string, ...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Builds every package, packs them as the next release would be, and installs the tarballs with npm into an empty folder.
 *
 * @param others what is installed beside them
 */
export async function createProject(others: string[]): Promise<Project> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "unet-packed-")));
  const [folder, release] = [join(root, "project"), join(root, "release")];
  await mkdir(folder);
  await mkdir(release);
  await run(".", resolve("node_modules/.bin/turbo"), "run", "build", "--filter=./packages/*");
  const project: Project = {
    folder,
    tarballs: await packRelease(release),
    write: (name, text) => writeFile(join(folder, name), text),
    run: (command, ...args) => run(folder, command, ...args),
    remove: () => rm(root, { recursive: true, force: true }),
  };
  await project.write("package.json", JSON.stringify({ private: true, type: "module" }));
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts"];
  await project.run("npm", "install", ...flags, ...project.tarballs, ...others);
  return project;
}
