import { UnreadableImageError } from "@unet/image";
import { type ArrayMetadata, type Attributes, readMetadata, shown } from "./zarr-metadata.js";
import type { ReadableStore } from "./zarr-store.js";

/** What an image's axes are called. */
type Axis = "t" | "c" | "z" | "y" | "x";

/** An array with what its axes are. */
export interface ImageArray {
  array: ArrayMetadata;
  /** As many as the array has, y and x among them. */
  axes: Axis[];
  /** The distance between neighbours along each axis, where the metadata give it, and the unit. */
  scale?: Partial<Record<Axis, { value: number; unit: string }>>;
}

/**
 * The array of an image: a level of an OME-Zarr, or a plain array.
 *
 * @throws UnreadableImageError where there is no image, or its axes are unknown
 * @throws RangeError where there is no such level
 */
export async function imageArray(
  store: ReadableStore,
  { name, level, onNotice }: { name: string; level: number; onNotice?: (notice: string) => void },
): Promise<ImageArray> {
  const node = await readMetadata(store, "", name);
  if (node.kind === "array") {
    if (level !== 0)
      throw new RangeError(`zarrSource: ${name} is one array, and level ${level} was asked for`);
    return { array: node, axes: axesOf(node, node.dimensions, name) };
  }
  const refuse = (reason: string) => new UnreadableImageError(`${name}: ${reason}`);
  const ome = (isRecord(node.attributes.ome) ? node.attributes.ome : node.attributes) as Attributes;
  const { multiscales } = ome;
  if (multiscales === undefined)
    throw refuse(`it is a group without an image of its own; ${whatToGive(node.attributes, ome)}`);
  const [multiscale, ...others] = Array.isArray(multiscales) ? multiscales : [];
  if (!isRecord(multiscale) || !Array.isArray(multiscale.datasets)) {
    throw refuse(`its multiscales ${shown(multiscales)} are damaged`);
  }
  const { datasets } = multiscale;
  const paths = datasets.map((dataset) => pathOf(dataset, refuse));
  const path = paths[level];
  if (path === undefined) {
    throw new RangeError(`zarrSource: ${name} has ${paths.length} levels, and level ${level} was asked for`);
  }
  if (others.length > 0) onNotice?.(`${name} holds ${others.length + 1} images; the first is read`);
  const array = await readMetadata(store, path, name);
  if (array.kind === "group") throw refuse(`its level ${path.slice(1)} is a group, not an array`);
  const declared = Array.isArray(multiscale.axes) ? multiscale.axes : array.dimensions;
  const axes = axesOf(array, declared, name);
  return { array, axes, scale: scaleOf(axes, multiscale, datasets[level]) };
}

/** What to name instead of a group without an image. */
function whatToGive(attributes: Attributes, ome: Attributes): string {
  if (ome["bioformats2raw.layout"] ?? attributes["bioformats2raw.layout"]) {
    return "it holds images by number; give one, such as its folder 0";
  }
  if (ome.plate) return "it is a plate; give a field of a well, such as its folder A/1/0";
  if (ome.well) return "it is a well; give a field, such as its folder 0";
  return "give an image in it";
}

function pathOf(dataset: unknown, refuse: (reason: string) => Error): string {
  const path = isRecord(dataset) ? dataset.path : undefined;
  const parts = typeof path === "string" ? path.split("/").filter((part) => part !== "" && part !== ".") : [];
  if (typeof path !== "string" || path.startsWith("/") || parts.includes("..") || path.includes("\\")) {
    throw refuse(`its multiscales name the path ${shown(path)}; it must be below the image`);
  }
  return parts.map((part) => `/${part}`).join("");
}

/**
 * What each axis is: by its name, else by what kind it is, the last of space being x. Without names by the order of
 * OME-Zarr; three axes are then of channels.
 */
function axesOf({ shape }: ArrayMetadata, declared: unknown[] | undefined, name: string): Axis[] {
  const unnamed: Axis[] =
    shape.length === 3 ? ["c", "y", "x"] : (["t", "c", "z", "y", "x"] as const).slice(-shape.length);
  const given = declared?.every((axis) => axis !== null) ? declared : unnamed;
  const spaces = given.filter((axis) => isRecord(axis) && axis.type === "space");
  const axes = given.map((axis) => {
    const text = String(isRecord(axis) ? axis.name : axis).toLowerCase();
    const known = Object.entries(names).find(([, words]) => words.includes(text))?.[0];
    if (known || !isRecord(axis)) return known;
    if (axis.type === "time") return "t";
    if (axis.type === "channel") return "c";
    return ["x", "y", "z"][spaces.length - 1 - spaces.indexOf(axis)];
  });
  const right = axes.every((axis) => axis !== undefined) && new Set(axes).size === axes.length;
  if (right && axes.length === shape.length && axes.includes("y") && axes.includes("x"))
    return axes as Axis[];
  const said = given.map((axis) => (isRecord(axis) ? axis.name : axis)).join(", ");
  throw new UnreadableImageError(
    `${name}: it has the axes ${said} of shape ${shape.join(" × ")}; they must be y, x and of t, c, z`,
  );
}

const names: Record<Axis, string[]> = {
  t: ["t", "time", "frame", "frames"],
  c: ["c", "ch", "channel", "channels"],
  z: ["z", "depth", "plane", "planes", "slice", "slices"],
  y: ["y", "row", "rows", "height"],
  x: ["x", "col", "cols", "column", "columns", "width"],
};

/** What the transformations of the level and of the whole pyramid make together, where they say it right. */
function scaleOf(axes: Axis[], multiscale: Attributes, dataset: unknown): ImageArray["scale"] {
  const own = scalesIn(dataset, axes.length);
  if (!own) return undefined;
  const shared = scalesIn(multiscale, axes.length);
  const declared = Array.isArray(multiscale.axes) ? multiscale.axes : [];
  return Object.fromEntries(
    axes.map((axis, i) => {
      const unit = isRecord(declared[i]) && typeof declared[i].unit === "string" ? declared[i].unit : "";
      return [axis, { value: own[i] * (shared?.[i] ?? 1), unit }];
    }),
  );
}

function scalesIn(of: unknown, rank: number): number[] | undefined {
  const transformations = isRecord(of) ? of.coordinateTransformations : undefined;
  const found =
    Array.isArray(transformations) && transformations.find((each) => isRecord(each) && each.type === "scale");
  const scale = found ? found.scale : undefined;
  const right = Array.isArray(scale) && scale.length === rank;
  return right && scale.every((value) => Number.isFinite(value) && value > 0) ? scale : undefined;
}

function isRecord(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
