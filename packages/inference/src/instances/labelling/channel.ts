import type { Image, Rect } from "@unet/image";

/** @throws RangeError where there is no such channel */
export function assertChannel({ channels }: { channels: number }, channel: number, where: string): void {
  if (!(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
    throw new RangeError(`${where}: channel must be 0 to ${channels - 1}, got ${channel}`);
  }
}

/** @throws RangeError where one of the parts of labels, scores and image is of another size than their place */
export function assertParts(
  where: string,
  rect: Rect,
  parts: Array<{ width: number; height: number } | undefined>,
): void {
  for (const part of parts) {
    if (!part || (part.width === rect.width && part.height === rect.height)) continue;
    throw new RangeError(
      `${where}: labels, scores and image must be of one size, ${rect.width} × ${rect.height}, got ${part.width} × ${part.height}`,
    );
  }
}

/** One channel of the part of an image in `box`, as floats. */
export function channelOf({ width, channels, data }: Image, box: Rect, channel: number): Float32Array {
  const out = new Float32Array(box.width * box.height);
  for (let y = 0, to = 0; y < box.height; y++) {
    let from = ((box.y + y) * width + box.x) * channels + channel;
    for (let x = 0; x < box.width; x++, from += channels) out[to++] = data[from];
  }
  return out;
}
