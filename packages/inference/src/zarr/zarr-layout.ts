import type { PixelSize } from "@unet/image";
import { shown } from "./zarr-metadata.js";
import type { Key, ReadableStore } from "./zarr-store.js";

/** What pixels depend on, by the name that a message has for it, such as `{ model: "…", tile: "256" }`. */
export type RunIdentity = Readonly<Record<string, string>>;

/** What a Zarr of one image holds, and how. */
export interface ZarrLayout {
  width: number;
  height: number;
  /** The first of the axes c, y, x; without it they are y, x. */
  channels?: number;
  /** Labels are `"int32"`. */
  dtype: "float32" | "int32";
  /** Side of a chunk, px. */
  chunk: number;
  compression: "zstd" | "none";
  /** Without it nothing that an interrupted run left is taken up. */
  run?: RunIdentity;
  name: string;
  pixelSize?: PixelSize;
}

/** The metadata of an OME-Zarr 0.5 by their keys, the one that says that the rest is there last. */
export function metadataOf(layout: ZarrLayout): Array<[Key, Json]> {
  const { width, height, channels, dtype, chunk, compression, run, name, pixelSize } = layout;
  const axes = channels === undefined ? ["y", "x"] : ["c", "y", "x"];
  const array = {
    ...{
      zarr_format: 3,
      node_type: "array",
      shape: [...(channels === undefined ? [] : [channels]), height, width],
    },
    data_type: dtype,
    chunk_grid: {
      name: "regular",
      configuration: { chunk_shape: axes.map((axis) => (axis === "c" ? 1 : chunk)) },
    },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [
      { name: "bytes", configuration: { endian: "little" } },
      ...(compression === "zstd" ? [{ name: "zstd", configuration: { level: 1, checksum: false } }] : []),
      { name: "crc32c" },
    ],
    dimension_names: axes,
    attributes: {},
  };
  const unit = pixelSize && units[pixelSize.unit];
  const multiscale = {
    name,
    axes: axes.map((axis) =>
      axis === "c" ? { name: axis, type: "channel" } : { name: axis, type: "space", ...(unit && { unit }) },
    ),
    datasets: [
      {
        path: "0",
        coordinateTransformations: [
          { type: "scale", scale: axes.map((axis) => pixelSize?.[axis as "x" | "y"] ?? 1) },
        ],
      },
    ],
  };
  const ome = {
    version: "0.5",
    multiscales: [multiscale],
    ...(dtype === "int32" && { "image-label": { version: "0.5" } }),
  };
  const group = { zarr_format: 3, node_type: "group", attributes: { ome, unet: { run } } };
  return [
    ["/0/zarr.json", array],
    ["/zarr.json", group],
  ];
}

/** Units as OME-Zarr spells them. */
const units: Record<string, string> = {
  µm: "micrometer",
  nm: "nanometer",
  mm: "millimeter",
  cm: "centimeter",
  m: "meter",
  Å: "angstrom",
  inch: "inch",
};

interface Json {
  [key: string]: unknown;
}

/**
 * @param place what holds it, for messages
 * @throws Error where what a store holds was begun with another layout or another run, with what differs
 */
export async function assertSameLayout(
  store: ReadableStore,
  layout: ZarrLayout,
  place: string,
): Promise<void> {
  const [[arrayKey, array], [groupKey, group]] = metadataOf(layout);
  const [foundArray, foundGroup] = [await parsed(store, arrayKey), await parsed(store, groupKey)];
  const complain = (reason: string) => new Error(`zarrSink: ${place} ${reason}; remove it, or name another`);
  if (!foundArray || !foundGroup) throw complain("has damaged metadata");
  const attributes = (foundGroup.attributes ?? {}) as { unet?: { run?: unknown }; ome?: unknown };
  const wanted = (group.attributes as typeof attributes) ?? {};
  const differing = [
    ...differences(layout.run, attributes.unet?.run),
    ...Object.keys(array).flatMap((key) => {
      const [now, before] = [array[key], foundArray[key]];
      return same(now, before) ? [] : [`${words[key] ?? key} ${shown(before)}, not ${shown(now)}`];
    }),
    ...(same(wanted.ome, attributes.ome) ? [] : ["metadata of another image"]),
  ];
  if (differing.length > 0) throw complain(`holds part of another run: it has ${differing.join(", ")}`);
}

/** What differs between this run and that which a store holds part of, where this one is to take it up. */
function differences(run: RunIdentity | undefined, before: unknown): string[] {
  if (run === undefined) return [];
  if (typeof before !== "object" || before === null) return ["none of the identity that is needed to go on"];
  const found = before as RunIdentity;
  const keys = [...new Set([...Object.keys(run), ...Object.keys(found)])];
  return keys.flatMap((key) => {
    const [now, then] = [run[key], found[key]];
    if (now === then) return [];
    // Checksums say nothing to a person.
    if ([now, then].some((value) => value !== undefined && value.length > 24)) return [`another ${key}`];
    return [`${then === undefined ? `no ${key}` : `${key} ${then}`}, not ${now ?? "none"}`];
  });
}

const words: Record<string, string> = {
  data_type: "the type",
  chunk_grid: "the chunks",
  codecs: "the codecs",
  shape: "the shape",
};

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

async function parsed(store: ReadableStore, key: Key): Promise<Json | undefined> {
  try {
    const value = JSON.parse(new TextDecoder().decode(await store.get(key)));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
