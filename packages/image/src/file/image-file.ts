import { type ByteSource, openBytes } from "../bytes/byte-source.js";
import { type ImageSource, isRemote, nameOf, readBytes } from "../bytes/files.js";
import type { Holds } from "../codec/holds.js";
import { kindOf } from "../codec/image-kinds.js";
import type { ImagePlanes, RasterPage } from "../codec/image-planes.js";
import { jpegPlanes } from "../codec/jpeg/jpeg.js";
import { isJpeg } from "../codec/jpeg/jpeg-markers.js";
import type { PixelSize } from "../codec/pixel-size.js";
import { chosenAlong, type PlaneChoice } from "../codec/planes.js";
import { pngPlanes } from "../codec/png/png.js";
import { isPng } from "../codec/png/png-chunks.js";
import { type DecodeOptions, noteChanges, type Raster } from "../codec/raster.js";
import { imageOf } from "../codec/raster-image.js";
import { labelsOf, severalChannels } from "../codec/raster-labels.js";
import { isTiff, tiffPlanes } from "../codec/tiff/tiff-decode.js";
import type { Series } from "../codec/tiff/tiff-dimensions.js";
import { UnreadableImageError, unreadableBytes, unreadableSource } from "../errors.js";
import type { Image, LabelImage, Rect } from "../image.js";

/** How the images of a file are read, and which of them. */
export interface OpenImagesOptions extends DecodeOptions, PlaneChoice {}

/**
 * The images of a file, read one at a time: its planes, those of one depth and time with all their channels
 * together. It stays open until `close`.
 */
export interface ImageFile {
  /** What it is called in messages. */
  readonly name: string;
  /** How many images were chosen: planes along z, then along t; a file of several series has those of each. */
  readonly length: number;
  /** How many along each axis; of several series, all as slices. */
  readonly slices: number;
  readonly frames: number;
  /** What the file says of itself: OME-XML, ImageJ's settings, …; "" where it says nothing. */
  readonly description: string;
  /** How large a pixel is, where the file says it. */
  readonly pixelSize?: PixelSize;
  /** What the values are, where the file says it. */
  readonly holds?: Holds;
  /** Opens one, to read parts of it. */
  open(index: number): Promise<ImageReader>;
  /** Reads one as {@link readImage} does. */
  image(index: number): Promise<Image>;
  /** Reads one as {@link readLabels} does. */
  labels(index: number): Promise<LabelImage>;
  /** Reads the numbers of one as the file has them, for code that finds out by itself what they mean. */
  raster(index: number): Promise<Raster>;
  /** Pixels of one, by the file's header: known before it is opened. */
  sizeOf(index: number): { readonly width: number; readonly height: number };
  close(): Promise<void>;
}

/** One image that is read part by part. */
export interface ImageReader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The tiles or strips that are decoded as a whole, px. */
  readonly block: { readonly width: number; readonly height: number };
  /** The pixels of a part inside the image, of the number type that {@link readImage} gives; default: all. */
  read(rect?: Rect): Promise<Image>;
}

/**
 * Opens a PNG, TIFF or JPEG, told apart by its first bytes: a path in Node, a URL, a `Blob`, or bytes. Of a TIFF
 * the planes are what OME-XML, ImageJ's description or its pages say; pages of reduced resolution and masks are
 * left out, and `onNotice` is told of them. Of a TIFF on disk only what is asked for is read.
 *
 * ```ts
 * const file = await openImages("stack.tif", { channel: 0 });
 * for (let i = 0; i < file.length; i++) console.log((await file.image(i)).data.length);
 * await file.close();
 * ```
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws RangeError where the file has no such plane
 */
export async function openImages(source: ImageSource, options: OpenImagesOptions = {}): Promise<ImageFile> {
  const remote = (typeof source === "string" || source instanceof URL) && isRemote(source);
  return openFile(source, options, async () => openBytes(remote ? await readBytes(source) : source));
}

/** What a source holds, opened as `open` does, whose bytes are closed again where it can't be read. */
export async function openFile(
  source: ImageSource,
  options: OpenImagesOptions,
  open: () => Promise<ByteSource>,
): Promise<PlanesFile> {
  const name = nameOf(source);
  const bytes = await open().catch((cause) => {
    throw unreadableSource(name, cause);
  });
  const decoding = <T>(work: Promise<T>) =>
    work.catch((cause) => {
      throw unreadableBytes(name, cause);
    });
  try {
    const planes = await decoding(planesOf(bytes, options, source));
    return new PlanesFile(name, planes, bytes, options, decoding);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** Bytes from which a kind can be told. */
const HEAD = 512;

/** Opens what the first bytes say it is. */
async function planesOf(
  bytes: ByteSource,
  options: DecodeOptions,
  source: ImageSource,
): Promise<ImagePlanes> {
  const [head] = await bytes.fetch([{ offset: 0, length: HEAD }]);
  const first = new Uint8Array(head);
  if (isTiff(first)) return tiffPlanes(bytes, options);
  if (first.length === 0) throw new UnreadableImageError("the file is empty");
  const decode = isPng(first) ? pngPlanes : isJpeg(first) ? jpegPlanes : undefined;
  if (!decode) {
    const kind = kindOf(first);
    throw new UnreadableImageError(
      `${kind ? `it is ${kind}, which can't be read` : "it is neither a PNG nor a TIFF nor a JPEG"}; save it as PNG or TIFF`,
    );
  }
  // What was fetched already isn't asked for again.
  if (!Number.isFinite(bytes.size)) return decode(await readBytes(source), options);
  const [whole] = await bytes.fetch([{ offset: 0, length: bytes.size }]);
  return decode(new Uint8Array(whole), options);
}

type Decoding = <T>(work: Promise<T>) => Promise<T>;

/** Where the parts of an image are. */
interface Place {
  series: Series;
  z: number;
  t: number;
}

/** The planes of an opened file that a choice names. */
export class PlanesFile implements ImageFile {
  readonly length: number;
  readonly slices: number;
  readonly frames: number;
  readonly description: string;
  readonly pixelSize?: PixelSize;
  readonly holds?: Holds;
  readonly #chosen: Array<{ series: Series; z: number[]; t: number[] }>;
  readonly #notices = new Set<string>();

  constructor(
    readonly name: string,
    private readonly planes: ImagePlanes,
    private readonly bytes: ByteSource,
    private readonly options: OpenImagesOptions,
    private readonly decoding: Decoding,
  ) {
    this.description = planes.description;
    this.pixelSize = planes.pixelSize;
    this.holds = planes.holds;
    this.#chosen = planes.series.map((series) => ({
      series,
      z: chosenAlong("z", options, series.sizes.z, name),
      t: chosenAlong("t", options, series.sizes.t, name),
    }));
    this.length = this.#chosen.reduce((sum, { z, t }) => sum + z.length * t.length, 0);
    const [{ z, t }] = this.#chosen;
    [this.slices, this.frames] = this.#chosen.length === 1 ? [z.length, t.length] : [this.length, 1];
    for (const notice of planes.notices) this.note(notice);
  }

  /** Tells `onNotice` once. */
  note(notice: string): void {
    if (!this.#notices.has(notice)) this.options.onNotice?.(`${this.name}: ${notice}`);
    this.#notices.add(notice);
  }

  sizeOf(index: number) {
    const { series, z, t } = this.#placeOf(index);
    return this.planes.sizeOf(series.at(0, z, t));
  }

  /** Pixels of all planes of all images. */
  get pixels(): number {
    let sum = 0;
    for (let index = 0; index < this.length; index++) {
      const { width, height } = this.sizeOf(index);
      sum += width * height * this.#placeOf(index).series.sizes.channel;
    }
    return sum;
  }

  async open(index: number): Promise<ImageReader> {
    const { pages, chosen, inPage, shape } = await this.#pagesOf(index);
    return {
      ...shape,
      channels: chosen.length,
      read: async (rect = { x: 0, y: 0, width: shape.width, height: shape.height }) => {
        const parts = new Map<number, Image>();
        for (const part of new Set(chosen.map((channel) => Math.floor(channel / inPage)))) {
          parts.set(part, this.#imageOf(await this.decoding(pages[part].read(rect))));
        }
        return channelsOf(parts, chosen, inPage, rect);
      },
    };
  }

  async image(index: number): Promise<Image> {
    return (await this.open(index)).read();
  }

  async labels(index: number): Promise<LabelImage> {
    return labelsOf(await this.raster(index), this.name);
  }

  async raster(index: number): Promise<Raster> {
    const { pages, chosen, inPage } = await this.#pagesOf(index);
    const first = await this.decoding(pages[Math.floor(chosen[0] / inPage)].read());
    noteChanges(first, (notice) => this.note(notice));
    if (chosen.length === 1 && first.channels > 1) {
      return oneChannel(first, chosen[0] % first.channels);
    }
    if (pages.length > 1 && chosen.length > 1) throw severalChannels(this.name, chosen.length);
    return first;
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  #placeOf(index: number): Place {
    let left = index;
    for (const { series, z, t } of this.#chosen) {
      if (left >= 0 && left < z.length * t.length) {
        return { series, z: z[left % z.length], t: t[Math.floor(left / z.length)] };
      }
      left -= z.length * t.length;
    }
    const count = `${this.length} ${this.length === 1 ? "image" : "images"}`;
    throw new UnreadableImageError(`${this.name}: it has ${count}; image ${index} was asked for`);
  }

  /** The pages of an image's channels, of one size, and the numbers of the channels that are wanted. */
  async #pagesOf(index: number) {
    const { series, z, t } = this.#placeOf(index);
    const pages: RasterPage[] = [];
    for (let part = 0; part < series.sizes.channel; part++) {
      pages.push(await this.decoding(this.planes.open(series.at(part, z, t))));
    }
    const [{ width, height, channels: inPage, block }] = pages;
    for (const page of pages) {
      if (page.width === width && page.height === height && page.channels === inPage) continue;
      throw new UnreadableImageError(
        `${this.name}: its channels differ: ${width} × ${height} × ${inPage} and ${page.width} × ${page.height} × ${page.channels}`,
      );
    }
    const chosen = chosenAlong("channel", this.options, pages.length * inPage, this.name);
    return { pages, chosen, inPage, shape: { width, height, block } };
  }

  #imageOf(raster: Raster): Image {
    const note = (notice: string) => this.note(notice);
    noteChanges(raster, note);
    return imageOf(raster, this.name, note);
  }
}

/** The chosen channels of an image whose channels lie `inPage` to a part. */
function channelsOf(
  parts: ReadonlyMap<number, Image>,
  chosen: readonly number[],
  inPage: number,
  { width, height }: Rect,
): Image {
  const [first] = parts.values();
  if (parts.size === 1 && chosen.length === inPage && chosen.every((channel, i) => channel % inPage === i)) {
    return first;
  }
  const channels = chosen.length;
  const type = [...parts.values()].every(({ data }) => data.constructor === first.data.constructor)
    ? (first.data.constructor as new (
        length: number,
      ) => Image["data"])
    : Float32Array;
  const out = new type(width * height * channels);
  for (const [i, channel] of chosen.entries()) {
    const { data } = parts.get(Math.floor(channel / inPage))!;
    for (let from = channel % inPage, to = i; to < out.length; from += inPage, to += channels) {
      out[to] = data[from];
    }
  }
  return { width, height, channels, data: out };
}

function oneChannel(raster: Raster, channel: number): Raster {
  const { channels, data } = raster;
  return { ...raster, channels: 1, data: data.filter((_, i) => i % channels === channel) as Raster["data"] };
}
