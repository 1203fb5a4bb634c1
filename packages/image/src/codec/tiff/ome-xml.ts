import type { PixelSize } from "../pixel-size.js";
import { pixelSizeOf } from "../pixel-size.js";

/** One image of OME-XML: its sizes, and which pages of which file hold its planes. */
export interface OmeImage {
  /** The axes after X and Y, the fastest first, such as `"CZT"`. */
  readonly order: string;
  readonly sizeC: number;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly pixelSize?: PixelSize;
  readonly blocks: readonly OmeBlock[];
}

/** Planes that follow each other in the order of the image and in the file's pages. */
interface OmeBlock {
  readonly page: number;
  /** How many; all that are left where nothing is said. */
  readonly count?: number;
  readonly c: number;
  readonly z: number;
  readonly t: number;
  /** Whether another file holds them. */
  readonly elsewhere: boolean;
}

/**
 * The images that a TIFF's description in OME-XML lists; `undefined` where the text is not OME-XML, or refers to
 * another file (`BinaryOnly`).
 */
export function parseOme(text: string): OmeImage[] | undefined {
  if (!/<(?:\w+:)?OME[\s>]/.test(text)) return undefined;
  const images: Array<OmeImage & { blocks: OmeBlock[] }> = [];
  let own = "";
  for (const { path, attributes, text: content } of elements(text)) {
    const number = (name: string, otherwise: number) => Number(attributes.get(name) ?? otherwise);
    if (path === "OME") own = attributes.get("UUID") ?? "";
    else if (path === "OME/BinaryOnly") return undefined;
    else if (path === "OME/Image/Pixels") {
      const length = (axis: string) => {
        const value = Number(attributes.get(`PhysicalSize${axis}`));
        return value > 0 ? { value, unit: attributes.get(`PhysicalSize${axis}Unit`) ?? "µm" } : undefined;
      };
      images.push({
        order: (attributes.get("DimensionOrder") ?? "XYCZT").replace(/[XY]/g, ""),
        sizeC: number("SizeC", 1),
        sizeZ: number("SizeZ", 1),
        sizeT: number("SizeT", 1),
        pixelSize: pixelSizeOf(length("X"), length("Y"), length("Z")),
        blocks: [],
      });
    } else if (path === "OME/Image/Pixels/TiffData") {
      images.at(-1)?.blocks.push({
        page: number("IFD", 0),
        // Where a page is named but not how many, it is one.
        count: attributes.has("PlaneCount") ? number("PlaneCount", 1) : attributes.has("IFD") ? 1 : undefined,
        c: number("FirstC", 0),
        z: number("FirstZ", 0),
        t: number("FirstT", 0),
        elsewhere: false,
      });
    } else if (path === "OME/Image/Pixels/TiffData/UUID") {
      const blocks = images.at(-1)?.blocks ?? [];
      const last = blocks.pop();
      if (last) blocks.push({ ...last, elsewhere: content.trim() !== own });
    }
  }
  return images.length > 0 ? images : undefined;
}

interface Element {
  /** The names from the outermost element to this one, without their prefixes. */
  path: string;
  attributes: ReadonlyMap<string, string>;
  /** The text up to the next element. */
  text: string;
}

/** The elements of XML in the order in which they open; comments, instructions and CDATA are passed over. */
function* elements(xml: string): Generator<Element> {
  const open: string[] = [];
  for (let at = xml.indexOf("<"); at >= 0; ) {
    const skipped = SKIPPED.find(([start]) => xml.startsWith(start, at));
    const end = skipped ? xml.indexOf(skipped[1], at) : xml.indexOf(">", at);
    if (end < 0) return;
    const next = xml.indexOf("<", end);
    const tag = xml.slice(at + 1, end);
    if (skipped) {
      // Nothing of it counts.
    } else if (tag.startsWith("/")) open.pop();
    else {
      // Real files are neither nested so deeply nor so long.
      if (open.length > 32 || tag.length > 20_000) return;
      open.push(/^(?:[\w.-]+:)?([\w.-]*)/.exec(tag)![1]);
      const attributes = new Map<string, string>();
      for (const [, name, quoted, single] of tag.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
        attributes.set(name, unescaped(quoted ?? single));
      }
      yield { path: open.join("/"), attributes, text: xml.slice(end + 1, next < 0 ? undefined : next) };
      if (tag.endsWith("/")) open.pop();
    }
    at = next;
  }
}

const SKIPPED = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined;
    if (code === undefined) return ENTITIES[name] ?? whole;
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
