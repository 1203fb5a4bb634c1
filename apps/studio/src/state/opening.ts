import type { Placed } from "../workers/annotated.js";
import { openAnnotated, openPictures, openZarr } from "./images.js";
import { isNetworkFile, openNetworkFiles } from "./networks.js";
import { openProject } from "./project.js";
import { notify } from "./store.js";

const picture = /\.(png|jpe?g|tiff?)$/i;

/**
 * Opens what a person has dropped, chosen or pasted: images, folders of images and masks, the files of a network.
 *
 * @param placed where the files lie. Default: as the browser says of a chosen folder
 */
export async function openFiles(
  files: readonly File[],
  placed: readonly Placed[] = files.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
): Promise<void> {
  const zarr = zarrIn(placed);
  if (zarr) return openZarr(zarr.name, zarr.files);
  if (holdsMasks(placed) && (await openAnnotated(placed))) return;
  const network: File[] = [];
  for (const file of files.filter(isNetworkFile)) {
    const isProject = /\.zip$/i.test(file.name) && (await isOpenedProject(file));
    if (!isProject) network.push(file);
  }
  if (network.length > 0) await openNetworkFiles(network);
  const others = files.filter((file) => !isNetworkFile(file));
  const pictures = others.filter(({ name, type }) => picture.test(name) || type.startsWith("image/"));
  const left = others.length - pictures.length;
  if (left > 0) {
    const what =
      left === 1 ? `${others.find((file) => !pictures.includes(file))?.name} is` : `${left} files are`;
    notify(`${what} neither PNG, JPEG nor TIFF, and no network: left out`, "error");
  }
  await openPictures(pictures);
}

/** Opens a zip where it is a project. */
async function isOpenedProject(file: File): Promise<boolean> {
  try {
    return await openProject(file);
  } catch (error) {
    notify(`${file.name} can't be opened: ${(error as Error).message}`, "error");
    return true;
  }
}

/** Whether files lie as images and masks do. */
function holdsMasks(files: readonly Placed[]): boolean {
  return files.some(({ path }) => /(^|\/)(masks?|labels?)\//i.test(path));
}

/** The OME-Zarr that a folder is, if it is one: its files by their paths in it. */
function zarrIn(files: readonly Placed[]): { name: string; files: Map<string, Blob> } | undefined {
  const marks = files.filter(({ path }) => /(^|\/)(zarr\.json|\.zattrs|\.zgroup|\.zarray)$/.test(path));
  if (marks.length === 0) return undefined;
  const roots = marks.map(({ path }) => path.replace(/[^/]*$/, ""));
  const root = roots.reduce((a, b) => (b.length < a.length ? b : a));
  const inside = files.filter(({ path }) => path.startsWith(root));
  return {
    name: root.split("/").at(-2) ?? "zarr",
    files: new Map(inside.map(({ path, file }) => [path.slice(root.length), file])),
  };
}

/** Opens the OME-Zarr at an address. */
export async function openAddress(address: string): Promise<void> {
  let url: URL;
  try {
    url = new URL(address, location.href);
  } catch {
    notify(`${address} is no address; one begins with https://`, "error");
    return;
  }
  await openZarr(url.pathname.split("/").filter(Boolean).at(-1) ?? url.host, url.href);
}
