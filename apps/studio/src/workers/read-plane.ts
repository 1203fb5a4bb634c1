import { type Image, openImages, type PixelSize, toChannels } from "@unet/image";
import type { Channel } from "../images/plane.js";

/** The pixels that a network shall see: a plane of a file, one channel of it or all. */
export interface PlaneOfFile {
  file: Blob;
  plane: number;
  channel: Channel;
}

/**
 * Reads a plane.
 *
 * @param channels how many are wanted; colours become grey where that is one. Default: as many as there are
 */
export async function readPlane(
  { file, plane, channel }: PlaneOfFile,
  channels?: number,
): Promise<{ image: Image; pixelSize?: PixelSize }> {
  const opened = await openImages(file, channel === "colour" ? {} : { channel });
  try {
    const image = await opened.image(plane);
    const fitting = channels ? toChannels(image, channels, { channels: "grey" }) : image;
    return { image: fitting, pixelSize: opened.pixelSize };
  } finally {
    await opened.close();
  }
}
