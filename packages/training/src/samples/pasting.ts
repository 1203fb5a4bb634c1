import { pasteObjects, sampleOrder, wholeObjects } from "@unet/augmentation";
import type { Sample } from "@unet/image";
import type { Samples } from "./samples.js";

/** How {@link pasting} pastes. */
export interface PastingOptions {
  /** Decides what is pasted where. */
  seed: number;
  /** Memory for the samples that objects are taken from, in bytes. Default 256 MiB. */
  donorBytes?: number;
}

/**
 * Answers a function that pastes objects of other samples onto a sample. Which objects, and where, depends on `seed` and the
 * `index` that it is given alone.
 *
 * Objects are taken from all samples that have one, or of large data sets from as many drawn at random as `donorBytes`
 * holds; those are read once, here.
 *
 * @throws RangeError where labels are not instances, or no sample has an object that the border of its image doesn't cut
 */
export async function pasting(
  samples: Samples,
  { seed, donorBytes = 2 ** 28 }: PastingOptions,
): Promise<(sample: Sample, index: number) => Sample> {
  const donors = await donorsOf(samples, seed, donorBytes);
  return (sample, index) => pasteObjects(sample, donors, { seed, index });
}

async function donorsOf(samples: Samples, seed: number, bytes: number): Promise<Sample[]> {
  const sampleAt = sampleOrder(samples.length, seed);
  const donors: { index: number; sample: Sample }[] = [];
  let free = bytes;
  for (let k = 0; k < samples.length; k++) {
    const index = sampleAt(k);
    const sample = await samples.get(index);
    if (sample.kind !== "instances") {
      throw new RangeError(
        `train: config.paste needs instances, but the labels of ${sample.name} are ${sample.kind}`,
      );
    }
    if (wholeObjects(sample.labels).length === 0) continue;
    free -= sample.image.data.byteLength + sample.labels.data.byteLength;
    if (free < 0 && donors.length > 0) break;
    donors.push({ index, sample });
  }
  if (donors.length === 0) {
    throw new RangeError(
      "train: config.paste needs objects that the border of their image doesn't cut, and no sample has one",
    );
  }
  return donors.sort((a, b) => a.index - b.index).map(({ sample }) => sample);
}
