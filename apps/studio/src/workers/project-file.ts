import { strFromU8, strToU8, unzip, type Zippable, zipSync } from "fflate";

/** What a project file lists beside its files; see `Kept` of `state/project.ts`. */
export interface ProjectList {
  version: number;
  images: Array<{ id: string; name: string; planes: Record<number, unknown> }>;
  networks: Array<{ id: string }>;
}

/** Where the files of a project come from. */
interface Source {
  /** Nothing where the image is at an address. */
  image(id: string): Promise<Blob | undefined>;
  labels(id: string, plane: number): Promise<Uint8Array>;
  network(id: string): Promise<Blob | undefined>;
}

/** The list of a project inside its zip. */
export const LIST = "project.json";

/** A project as one file: a zip of its list, images, labels and networks. */
export async function packProject(list: ProjectList, source: Source): Promise<Blob> {
  const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  // Images and weights hardly become smaller; labels, as runs, do.
  const files: Zippable = { [LIST]: strToU8(JSON.stringify(list)) };
  for (const { id, planes } of list.images) {
    const image = await source.image(id);
    if (image) files[`images/${id}`] = [await bytesOf(image), { level: 0 }];
    for (const plane of Object.keys(planes)) {
      files[`labels/${id}/${plane}`] = [await source.labels(id, Number(plane)), { level: 4 }];
    }
  }
  for (const { id } of list.networks) {
    const bytes = await source.network(id);
    if (bytes) files[`networks/${id}`] = [await bytesOf(bytes), { level: 0 }];
  }
  return new Blob([zipSync(files) as Uint8Array<ArrayBuffer>], { type: "application/zip" });
}

/** The files of a project's zip by their paths; nothing where it is another zip. */
export async function unpackProject(
  file: Blob,
): Promise<{ list: ProjectList; files: Map<string, Uint8Array<ArrayBuffer>> } | undefined> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const files = await new Promise<Map<string, Uint8Array<ArrayBuffer>>>((resolve, reject) => {
    unzip(bytes, (error, found) =>
      error
        ? reject(error)
        : resolve(new Map(Object.entries(found) as Array<[string, Uint8Array<ArrayBuffer>]>)),
    );
  });
  const text = files.get(LIST);
  return text && { list: JSON.parse(strFromU8(text)) as ProjectList, files };
}
