import type { PixelSize } from "../pixel-size.js";
import type { PlaneChoice } from "../planes.js";
import { parseImageJ } from "./imagej-description.js";
import { type OmeImage, parseOme } from "./ome-xml.js";
import type { PageEntry } from "./tiff-pages.js";

/** Where the pixels of a plane are: a slice of a page. */
export interface PlaneAddress {
  readonly page: number;
  readonly slice: number;
}

/** Planes along channels, depth and time that belong together. A file may hold several such series. */
export interface Series {
  /** How many there are; of channels, those that have pages of their own. */
  readonly sizes: Readonly<Record<keyof PlaneChoice, number>>;
  at(channel: number, z: number, t: number): PlaneAddress;
}

/** What a TIFF says of its pages. */
export interface TiffDimensions {
  readonly series: readonly Series[];
  /** Planes that follow the first page's own in the file, with no page to say so: as ImageJ writes large stacks. */
  readonly following: boolean;
  readonly pixelSize?: PixelSize;
  /** Between slices, where ImageJ says it, in the unit it names. */
  readonly imageJ?: { unit?: string; spacing?: number };
  /** A line for each thing in the file that is left out or not trusted. */
  readonly notices: readonly string[];
}

/**
 * Makes planes of the pages of a TIFF, by its description in OME-XML or by ImageJ, or else each page a plane along
 * z. Pages of reduced resolution and masks are no planes.
 *
 * @param description that of the first page
 * @param holds whether the file has room for so many planes after the first page's offset
 */
export function dimensionsOf(
  pages: readonly PageEntry[],
  description: string,
  holds: (planes: number) => boolean,
): TiffDimensions {
  const notices: string[] = [];
  const ome = parseOme(description);
  if (ome) {
    const series = omeSeries(ome, pages, notices);
    if (series) return { series, following: false, pixelSize: ome[0].pixelSize, notices };
  }
  const shown = planePages(pages, description);
  if (shown.length < pages.length) {
    const count = pages.length - shown.length;
    notices.push(
      `${count} page${count === 1 ? " that shows" : "s that show"} others smaller or mask them ${count === 1 ? "is" : "are"} left out`,
    );
  }
  const imageJ = parseImageJ(description);
  if (!imageJ) return { series: [plain(pages, shown)], following: false, notices };
  const { images, channels, slices, frames } = imageJ;
  const agrees = channels * slices * frames === images;
  const following = shown.length === 1 && images > 1 && agrees && holds(images);
  if (agrees && (following || images === shown.length)) {
    const sizes = { channel: channels, z: slices, t: frames };
    const at = (channel: number, z: number, t: number) => {
      const index = (t * slices + z) * channels + channel;
      return following ? { page: shown[0], slice: index } : { page: shown[index], slice: 0 };
    };
    return { series: [{ sizes, at }], following, imageJ, notices };
  }
  if (images !== shown.length) {
    notices.push(
      `its description says ${images} images, but it has ${shown.length} page${shown.length === 1 ? "" : "s"}: these are read`,
    );
  } else {
    notices.push(
      `its description says ${channels} channels, ${slices} slices and ${frames} frames, but it has ${shown.length} pages: they are read as slices`,
    );
  }
  return { series: [plain(pages, shown)], following: false, imageJ, notices };
}

/** The pages that are planes. */
function planePages(pages: readonly PageEntry[], description: string): number[] {
  const all = pages.map((_, page) => page);
  // Aperio's slides mark neither their smaller levels nor their label.
  if (description.startsWith("Aperio ")) return [0];
  const shown = all.filter((page) => !pages[page].reduced);
  return shown.length > 0 ? shown : all;
}

/** Each page, and each slice of a page, a plane along z. */
function plain(pages: readonly PageEntry[], shown: readonly number[]): Series {
  const firsts: number[] = [];
  let count = 0;
  for (const page of shown) {
    firsts.push(count);
    count += pages[page].depth;
  }
  return {
    sizes: { channel: 1, z: count, t: 1 },
    at(_, z) {
      // The last page that begins at z or before.
      let [low, high] = [0, firsts.length - 1];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (firsts[middle] <= z) low = middle;
        else high = middle - 1;
      }
      return { page: shown[low], slice: z - firsts[low] };
    },
  };
}

/** The images of OME-XML, where the pages are those that it names; otherwise a notice. */
function omeSeries(
  images: readonly OmeImage[],
  pages: readonly PageEntry[],
  notices: string[],
): Series[] | undefined {
  const series: Series[] = [];
  let next = 0;
  for (const image of images) {
    const { sizeC, sizeZ, sizeT } = image;
    const first = pages[image.blocks[0]?.page ?? next];
    // Channels that a page holds itself are in SizeC, too, and make fewer pages.
    const samples = first && sizeC % first.samples === 0 ? first.samples : 1;
    const channel = sizeC / samples;
    const count = channel * sizeZ * sizeT;
    if (!(Number.isInteger(count) && count >= 1 && count <= pages.length))
      return distrust(images, pages, notices);
    const found = new Int32Array(count).fill(-1);
    const blocks =
      image.blocks.length > 0 ? image.blocks : [{ page: next, c: 0, z: 0, t: 0, elsewhere: false }];
    const strides = stridesOf(image.order, { C: channel, Z: sizeZ, T: sizeT });
    for (const block of blocks) {
      if (block.elsewhere) continue;
      const start = Math.floor(block.c / samples) * strides.C + block.z * strides.Z + block.t * strides.T;
      const length = Math.min(block.count ?? count, count - start);
      for (let i = 0; i < length; i++) {
        if (start + i >= 0 && block.page + i < pages.length) found[start + i] = block.page + i;
      }
      next = Math.max(next, block.page + Math.max(length, 0));
    }
    if (found.includes(-1)) return distrust(images, pages, notices);
    series.push({
      sizes: { channel, z: sizeZ, t: sizeT },
      at: (c, z, t) => ({ page: found[c * strides.C + z * strides.Z + t * strides.T], slice: 0 }),
    });
  }
  return series;
}

/** How far planes lie apart that are neighbours along an axis. */
function stridesOf(order: string, sizes: Record<"C" | "Z" | "T", number>): Record<"C" | "Z" | "T", number> {
  const strides = { C: 0, Z: 0, T: 0 };
  let stride = 1;
  for (const axis of /^(?!.*(.).*\1)[CZT]{3}$/.test(order) ? order : "CZT") {
    strides[axis as "C" | "Z" | "T"] = stride;
    stride *= sizes[axis as "C" | "Z" | "T"];
  }
  return strides;
}

function distrust(images: readonly OmeImage[], pages: readonly PageEntry[], notices: string[]): undefined {
  const planes = images.reduce((sum, { sizeC, sizeZ, sizeT }) => sum + sizeC * sizeZ * sizeT, 0);
  const elsewhere = images.some(({ blocks }) => blocks.some((block) => block.elsewhere));
  notices.push(
    `its OME-XML lists ${planes} planes${elsewhere ? ", some of them in other files" : ""}, but it has ${pages.length} page${pages.length === 1 ? "" : "s"}: these are read as they are`,
  );
  return undefined;
}
