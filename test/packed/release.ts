import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { run } from "./run.js";

/**
 * A dry run of the next release: in a copy of the workspace gives the packages, which must be built, the versions that the
 * pending changesets ask for, and packs them. Nothing is published.
 *
 * @param folder of the copy, which is empty
 * @returns the tarballs
 */
export async function packRelease(folder: string): Promise<string[]> {
  for (const name of ["packages", ".changeset", "LICENSE", "package.json", "pnpm-workspace.yaml"]) {
    await cp(name, join(folder, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/packages\/[^/]+\/test(\/|$)/.test(path),
    });
  }
  await symlink(resolve("node_modules"), join(folder, "node_modules"), "junction");
  // change logs name commits, and the copy has no history
  const settings = JSON.parse(await readFile(join(folder, ".changeset/config.json"), "utf8"));
  await writeFile(
    join(folder, ".changeset/config.json"),
    JSON.stringify({ ...settings, changelog: false, baseBranch: undefined }),
  );
  await run(folder, resolve("node_modules/.bin/changeset"), "version");
  await run(folder, "pnpm", "--recursive", "--filter=./packages/*", "pack", "--pack-destination", folder);
  return (await readdir(folder)).filter((name) => name.endsWith(".tgz")).map((name) => join(folder, name));
}

/** The files of a tarball, and its manifest as it would be published. */
export async function contentsOf(tarball: string) {
  const files = (await run(".", "tar", "-tzf", tarball)).trim().split("\n");
  const text = await run(".", "tar", "-xzOf", tarball, "package/package.json");
  return { files: files.map((path) => path.replace(/^package\//, "")), text, manifest: JSON.parse(text) };
}
