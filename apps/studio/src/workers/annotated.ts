import { type Dataset, type Folder, readFolder } from "@unet/datasets";
import type { LabelImage } from "@unet/image";

/** A file, and where it lies in the folder that was chosen. */
export interface Placed {
  path: string;
  file: File;
}

/** An image of a folder whose masks were found, and the pages that have one. */
export interface Annotated {
  path: string;
  /** The plane of the image, and the number of its mask. */
  planes: Array<{ plane: number; sample: number }>;
}

let dataset: Dataset | undefined;

/**
 * Finds the images that have masks, in the layouts that `readFolder` of `@unet/datasets` reads.
 *
 * @throws DatasetError where no image has one
 */
export async function findAnnotated(files: readonly Placed[]): Promise<Annotated[]> {
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  const folder: Folder = {
    path: "the folder",
    list: async () => [...byPath.keys()],
    read: async (path) => byPath.get(path) as File,
  };
  dataset = await readFolder(folder, { kind: "instances" });
  const found = new Map<string, Annotated>();
  for (const [sample, name] of (dataset.names ?? []).entries()) {
    const [, path, page] = /^(.*?)(?:\[(\d+)\])?$/.exec(name) as RegExpExecArray;
    const image = found.get(path) ?? { path, planes: [] };
    image.planes.push({ plane: Number(page ?? 0), sample });
    found.set(path, image);
  }
  return [...found.values()];
}

/** The labels of one of them. */
export async function labelsOfSample(sample: number): Promise<LabelImage> {
  if (!dataset) throw new Error("the folder is no longer open");
  return (await dataset.get(sample)).labels;
}
