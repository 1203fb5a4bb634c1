import { readlink, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Where a path leads that may be a link, also one to what doesn't exist yet. */
export async function throughLinks(path: string, links = 40): Promise<string> {
  const link = links > 0 ? await readlink(path).catch(() => undefined) : undefined;
  if (link === undefined) return path;
  return throughLinks(resolve(await realpath(dirname(path)), link), links - 1);
}
