import type { Placed } from "../workers/annotated.js";
import { openAnnotated, openPictures } from "./images.js";
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
