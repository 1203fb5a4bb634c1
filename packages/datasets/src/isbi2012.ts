import { type LabelImage, readImage, readLabelStack } from "@unet/image";
import { assertIndex, type Dataset } from "./dataset.js";
import { DatasetError, type Folder, openFolder } from "./folder.js";

const VOLUME = "train-volume.tif";
const LABELS = "train-labels.tif";

/**
 * The training stack of the ISBI 2012 challenge (segmentation of neuronal structures in electron
 * microscopy): `train-volume.tif` with `train-labels.tif`, where 255 is inside a cell, class 1, and 0
 * membrane, class 0. A sample is a slice, `train-volume.tif[3]`. Slices of the volume are read when they are
 * asked for; the labels are read and checked at once.
 *
 * @param folder path (Node), or a {@link Folder}
 * @throws DatasetError that names the missing file, or the file, slice and value of a label that is neither
 */
export async function readIsbi2012(folder: string | Folder): Promise<Dataset> {
  const files = await openFolder(folder);
  const list = await files.list();
  for (const file of [VOLUME, LABELS]) {
    if (list.includes(file)) continue;
    throw new DatasetError(
      `${files.path} has no ${file}: expected ${VOLUME} and ${LABELS} of the ISBI 2012 challenge`,
    );
  }
  const stack = await readLabelStack(await files.read(LABELS));
  const slices = stack.map((labels, slice) => toClasses(labels, `${files.path}/${LABELS}, slice ${slice}`));
  const volume = await files.read(VOLUME);
  return {
    length: slices.length,
    names: slices.map((_, slice) => `${VOLUME}[${slice}]`),
    sequential: true,
    async get(index) {
      assertIndex(index, slices.length, "readIsbi2012");
      const image = await readImage(volume, { page: index });
      const { width, height, data } = slices[index];
      if (image.width !== width || image.height !== height) {
        throw new DatasetError(
          `${files.path}/${VOLUME}, slice ${index}, is ${image.width} × ${image.height} px, but its labels are ${width} × ${height}`,
        );
      }
      const labels = { width, height, data: Int32Array.from(data) };
      return { name: `${VOLUME}[${index}]`, image, labels, kind: "classes" };
    },
  };
}

/** The classes in a byte each, because a stack of them is kept. */
function toClasses({ width, height, data }: LabelImage, where: string) {
  const classes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 255) classes[i] = 1;
    else if (data[i] !== 0) {
      throw new DatasetError(
        `${where}, holds ${data[i]} at x = ${i % width}, y = ${Math.floor(i / width)}: expected 255 inside cells and 0 on membranes`,
      );
    }
  }
  return { width, height, data: classes };
}
