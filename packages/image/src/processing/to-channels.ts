import { assertImage, type Image } from "../image.js";

/** Options of {@link toChannels}. */
export interface ToChannelsOptions {
  /** `"grey"`: colours become grey, 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601). */
  channels?: "grey";
  /** Called once with a line that says what was changed. */
  onNotice?: (notice: string) => void;
  /** What the image is called in messages. Default "the image". */
  name?: string;
}

/**
 * An image with the number of channels that a network takes. Three channels that are equal everywhere become one, and
 * one becomes three equal ones: that is the same picture. Colours become grey where `channels` says so. An image that
 * has the number is returned as it is.
 *
 * ```ts
 * const grey = toChannels(await readImage("cells-rgb.png"), 1);
 * ```
 *
 * @param count channels that are wanted
 * @throws RangeError where the image has colours, or another number of channels than 1 and 3, naming both numbers
 */
export function toChannels(image: Image, count: number, options: ToChannelsOptions = {}): Image {
  assertImage(image, "toChannels");
  const { width, height, channels, data } = image;
  const { name = "the image", onNotice } = options;
  if (channels === count) return image;
  const Data = data.constructor as new (length: number) => Image["data"];
  const pixels = width * height;
  if (channels === 1 && count === 3) {
    const out = new Data(3 * pixels);
    for (let i = 0; i < pixels; i++) out.fill(data[i], 3 * i, 3 * i + 3);
    onNotice?.(`${name} is grey; its channel is taken three times, as the model takes colours`);
    return { width, height, channels: 3, data: out };
  }
  if (channels !== 3 || count !== 1) {
    throw new RangeError(
      `${name} has ${channels} channel${channels === 1 ? "" : "s"}, but the model takes ${count}; ${channels > count ? "choose some of them as it is read, by the option channel" : "give it all"}, or use a model made for it`,
    );
  }
  const coloured = firstColour(image);
  const out = new Data(pixels);
  if (coloured < 0) {
    for (let i = 0; i < pixels; i++) out[i] = data[3 * i];
    onNotice?.(`${name} has three equal channels; they are taken as one`);
  } else if (options.channels === "grey") {
    const round = data instanceof Float32Array ? (value: number) => value : Math.round;
    for (let i = 0, from = 0; i < pixels; i++, from += 3) {
      out[i] = round(0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2]);
    }
    onNotice?.(`${name} has colours; they are taken as grey`);
  } else {
    throw new RangeError(
      `${name} has 3 channels, but the model takes 1, and they differ at x ${coloured % width}, y ${Math.floor(coloured / width)}; channels "grey" takes colours as grey`,
    );
  }
  return { width, height, channels: 1, data: out };
}

/** The first pixel whose three channels are not equal; −1 where there is none. */
function firstColour({ data }: Image): number {
  for (let from = 0; from < data.length; from += 3) {
    if (data[from] !== data[from + 1] || data[from] !== data[from + 2]) return from / 3;
  }
  return -1;
}
