import { type Command, Option } from "commander";
import { wholeNumber, wholeNumbers } from "./options.js";

/** Which planes and channels of the images are taken, and how large they may be; what is absent means all. */
export interface PlaneOptions {
  channel?: number[];
  z?: number[];
  t?: number[];
  /** How colours are converted: to one channel of grey. */
  channels?: "grey";
  /** The most pixels of an image that is read as a whole. */
  maxPixels?: number;
}

/** Adds the options that choose planes and channels of images of more dimensions, the same for every command. */
export function addPlaneOptions(command: Command): Command {
  return command
    .option("--channel <numbers>", "channels to take, from 0, e.g. 1 or 0-2 (default: all)", wholeNumbers)
    .option("--z <numbers>", "planes in depth to take, from 0, e.g. 0-4 (default: all)", wholeNumbers)
    .option("--t <numbers>", "points in time to take, from 0, e.g. 0-4 (default: all)", wholeNumbers)
    .addOption(new Option("--channels <how>", "turn colours into one channel of grey").choices(["grey"]))
    .option("--max-pixels <n>", "refuse larger images (default: 2^28, 16384 × 16384)", wholeNumber(1));
}

/** {@link PlaneOptions} as readers of images take them; fields that were not given are absent. */
export function planesOf({ channel, z, t, channels, maxPixels }: PlaneOptions): PlaneOptions {
  return {
    ...(channel && { channel }),
    ...(z && { z }),
    ...(t && { t }),
    ...(channels && { channels }),
    ...(maxPixels && { maxPixels }),
  };
}
