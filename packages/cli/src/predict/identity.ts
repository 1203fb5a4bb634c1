import { createHash } from "node:crypto";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Task } from "@unet/inference";
import type { RunIdentity } from "@unet/inference/zarr";
import type { InputOptions } from "./inputs.js";

/** What scores depend on besides the model and the image. */
export interface IdentityOptions extends Omit<InputOptions, "maxPixels"> {
  task: Task;
  /** Whether the scores of all classes are kept, and not the one that the task makes of them. */
  allClasses?: boolean;
  tileSize?: number;
  memory?: number;
  tta: unknown;
  backend: string;
  channels?: string;
}

/**
 * What the scores of each page of an input depend on: a run that was interrupted is taken up only where all of it is
 * the same. Names are those of the options, since a message may say them; they lie in files, so they stay as they were.
 */
export function identifier(
  checksums: readonly string[],
  { task, allClasses, tileSize: tile, memory, tta, backend, channel, z, t, ...more }: IdentityOptions,
): (path: string, page: number) => Promise<RunIdentity> {
  const { channels, forbiddenIsAbsent } = more;
  const given = {
    ...(allClasses ? { scores: "all" } : scoreIn(task)),
    scale: task.scale === 1 ? undefined : task.scale,
    tile,
    memory,
    tta,
    backend,
    channel,
    z,
    t,
    channels,
    forbiddenIsAbsent,
  };
  const options = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const sources = new Map<string, Promise<string>>();
  return async (path, page) => {
    const source = sources.get(path) ?? sourceOf(path);
    sources.set(path, source);
    return {
      model: checksums.join(),
      source: await source,
      page: String(page),
      ...Object.fromEntries(options),
    };
  };
}

/** Of a single class its number. */
function scoreIn({ out: { score } }: Task): Record<string, unknown> {
  const weighted = score.flatMap((weight, label) => (weight === 0 ? [] : [label]));
  return weighted.length === 1 && score[weighted[0]] === 1 ? { class: weighted[0] } : { scores: score };
}

/** A checksum of an identity, for a name. */
export function shortened(run: RunIdentity): string {
  return createHash("sha256").update(JSON.stringify(run)).digest("hex").slice(0, 8);
}

/**
 * What tells an image from another, or from itself before it was changed, without its pixels: of a file its size and
 * when it was changed, of a folder those of all files, of an address what its server says of it.
 */
async function sourceOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  const isAddress = /^https?:/.test(path);
  const lines = isAddress ? answersOf(path) : filesOf(await realpath(path));
  for await (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

async function* filesOf(path: string): AsyncGenerator<string> {
  const found = await stat(path);
  if (!found.isDirectory()) return yield `${path} ${found.size} ${found.mtimeMs}`;
  for (const name of (await readdir(path)).sort()) yield* filesOf(join(path, name));
}

/** Of a Zarr its metadata: its chunks are too many to ask for. */
async function* answersOf(address: string): AsyncGenerator<string> {
  const url = new URL(address);
  const files = ["zarr.json", "0/zarr.json", ".zattrs", ".zarray", "0/.zarray"];
  const zarr = /\.zarr\b/.test(url.pathname);
  const base = url.pathname.replace(/\/+$/, "");
  yield address;
  for (const path of zarr ? files.map((file) => `${base}/${file}`) : [url.pathname]) {
    url.pathname = path;
    const response = await fetch(url, { method: zarr ? "GET" : "HEAD" });
    const said = ["etag", "last-modified", "content-length"].map((name) => response.headers.get(name));
    yield `${path} ${response.status} ${said.join(" ")}`;
    if (zarr && response.ok)
      yield createHash("sha256")
        .update(await response.text())
        .digest("hex");
    else await response.body?.cancel();
  }
}
