import type { PixelSize } from "@unet/image";
import { type ImageFrom, type OpenedImage, openSource } from "./open-source.js";
import { type Channel, Plane } from "./plane.js";

/** What is known of an opened image. */
export interface ImageInfo {
  width: number;
  height: number;
  slices: number;
  frames: number;
  channels: number;
  /** Number type of its values. */
  values: "8 bit" | "16 bit" | "float";
  pixelSize?: PixelSize;
  /** What reading it changed, in lines. */
  notices: string[];
}

/** Bytes of decoded planes that stay in memory beside the one in view. */
const KEEP_BYTES = 512 * 2 ** 20;

/** The opened images, and the planes of them that were looked at last. */
export class Library {
  readonly #sources = new Map<string, ImageFrom>();
  readonly #open = new Map<string, Promise<OpenedImage>>();
  readonly #planes = new Map<string, Plane>();

  /** Opens an image and decodes its first plane. */
  async add(id: string, from: ImageFrom): Promise<{ info: ImageInfo; plane: Plane }> {
    const notices: string[] = [];
    this.#sources.set(id, from);
    try {
      const opened = await this.#opened(id, (notice) => notices.push(notice));
      const plane = await this.plane(id, 0);
      const { slices, frames, pixelSize } = opened;
      const { width, height, channels, data } = plane.image;
      const values = data instanceof Uint8Array ? "8 bit" : data instanceof Uint16Array ? "16 bit" : "float";
      return { info: { width, height, slices, frames, channels, values, pixelSize, notices }, plane };
    } catch (error) {
      this.remove(id);
      throw error;
    }
  }

  /** Where an image comes from. */
  source(id: string): ImageFrom {
    const from = this.#sources.get(id);
    if (!from) throw new Error("this image is no longer open");
    return from;
  }

  remove(id: string): void {
    this.#sources.delete(id);
    this.#open.get(id)?.then(
      (file) => file.close(),
      () => {},
    );
    this.#open.delete(id);
    for (const key of this.#planes.keys()) if (key.startsWith(`${id}/`)) this.#planes.delete(key);
  }

  /** A plane, by its number: slices along z, then along t. */
  async plane(id: string, index: number): Promise<Plane> {
    const key = `${id}/${index}`;
    const known = this.#planes.get(key);
    if (known) {
      this.#planes.delete(key);
      this.#planes.set(key, known);
      return known;
    }
    const file = await this.#opened(id);
    const plane = new Plane(await file.image(index));
    this.#planes.set(key, plane);
    let bytes = 0;
    for (const [other, { bytes: more }] of [...this.#planes].reverse()) {
      bytes += more;
      if (bytes > KEEP_BYTES && other !== key) this.#planes.delete(other);
    }
    return plane;
  }

  #opened(id: string, onNotice?: (notice: string) => void): Promise<OpenedImage> {
    const known = this.#open.get(id);
    if (known) return known;
    const opened = openSource(this.source(id), { onNotice });
    this.#open.set(id, opened);
    // Decoded pictures are large: only a few stay open.
    for (const other of [...this.#open.keys()].slice(0, -8)) {
      this.#open.get(other)?.then(
        (old) => old.close(),
        () => {},
      );
      this.#open.delete(other);
    }
    return opened;
  }
}

/** What is shown of an image with so many channels: the first, or its colours. */
export function defaultChannel({ channels }: { channels: number }): Channel {
  return channels === 3 ? "colour" : 0;
}
