import { UsageError } from "../messages/errors.js";

/** Which samples of a data set are trained on, and which are only evaluated. */
export interface ChosenSamples {
  training: number[];
  validation: number[];
}

/**
 * Takes the samples that were asked for. Where validation samples were not named the last fifth is held out; where training
 * samples were not named all the others are trained on.
 *
 * @throws UsageError where a number is not in the data set, or is in both lists
 */
export function chooseSamples(
  count: number,
  asked: { samples?: number[]; validation?: number[] },
): ChosenSamples {
  assertSamples(count, { "--samples": asked.samples, "--validation": asked.validation });
  const all = Array.from({ length: count }, (_, i) => i);
  const heldOut = all.slice(count - Math.floor(count / 5)).filter((i) => !asked.samples?.includes(i));
  const validation = asked.validation ?? heldOut;
  const training = asked.samples ?? all.filter((i) => !validation.includes(i));
  const both = training.find((i) => validation.includes(i));
  if (both !== undefined) throw new UsageError(`sample ${both} is in both --samples and --validation`);
  if (training.length === 0) throw new UsageError("no sample is left to train on");
  return { training, validation };
}

/** @throws UsageError where an option names a sample that is not in the data set */
export function assertSamples(count: number, asked: Record<string, readonly number[] | undefined>): void {
  for (const [option, numbers] of Object.entries(asked)) {
    const outside = numbers?.find((number) => number >= count);
    if (outside !== undefined) {
      throw new UsageError(`${option} names sample ${outside}, but the data has samples 0 to ${count - 1}`);
    }
  }
}
