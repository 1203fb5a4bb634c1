import { syntheticCells, syntheticMembranes } from "@unet/datasets";
import { encodePng } from "@unet/image";

/** Pictures that come with the page, drawn from numbers when they are asked for. */
export const samplePictures = [
  { id: "nuclei", name: "Nuclei, fluorescence", about: "bright, on a dark ground" },
  { id: "cells", name: "Cells, phase contrast", about: "grey with bright halos" },
  { id: "membranes", name: "Membranes, electron", about: "dark lines between cells" },
] as const;

export type SampleId = (typeof samplePictures)[number]["id"];

/** Draws sample picture number `index` of a kind, as a PNG file. */
export async function drawSample(id: SampleId, index: number): Promise<File> {
  const size = { count: index + 1, width: 512, height: 512, seed: 27 };
  const samples =
    id === "membranes"
      ? syntheticMembranes(size)
      : id === "cells"
        ? syntheticCells(size)
        : syntheticCells({ ...size, style: "fluorescence", diameter: [18, 34], coverage: 0.26 });
  const { image } = await samples.get(index);
  const bytes = await encodePng(image);
  return new File([bytes as Uint8Array<ArrayBuffer>], `${id}-${index + 1}.png`, { type: "image/png" });
}
