import type { Image, Rect } from "@unet/image";

/** @throws RangeError where there is no such channel */
export function assertChannel({ channels }: { channels: number }, channel: number, where: string): void {
  if (!(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
    throw new RangeError(`${where}: channel must be 0 to ${channels - 1}, got ${channel}`);
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
