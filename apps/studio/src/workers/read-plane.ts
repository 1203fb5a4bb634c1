import { type Image, type PixelSize, toChannels } from "@unet/image";
import { type ImageFrom, openSource } from "../images/open-source.js";
import type { Channel } from "../images/plane.js";

/** The pixels that a network shall see: a plane of an image, one channel of it or all. */
export interface PlaneOfImage {
  from: ImageFrom;
  plane: number;
  channel: Channel;
}

/**
 * Reads a plane.
 *
 * @param channels how many are wanted; colours become grey where that is one. Default: as many as there are
 */
export async function readPlane(
  { from, plane, channel }: PlaneOfImage,
  channels?: number,
): Promise<{ image: Image; pixelSize?: PixelSize }> {
  const opened = await openSource(from, { channel });
  try {
    const image = await opened.image(plane);
    const fitting = channels ? toChannels(image, channels, { channels: "grey" }) : image;
    return { image: fitting, pixelSize: opened.pixelSize };
  } finally {
    await opened.close();
  }
}
