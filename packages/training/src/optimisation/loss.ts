import {
  diceLoss,
  focalLoss,
  type PixelLoss,
  sumLosses,
  tverskyLoss,
  weightedCrossEntropy,
} from "@unet/loss";

const losses: Record<string, PixelLoss> = {
  weightedCrossEntropy: (...given) => weightedCrossEntropy(...given),
  dice: (...given) => diceLoss(...given),
  tversky: (...given) => tverskyLoss(...given),
  focal: (...given) => focalLoss(...given),
};

/** The names that {@link lossOf} knows. */
export const lossNames = Object.keys(losses);

/**
 * The loss that a configuration names: one of {@link lossNames}, one of the caller's own, or a sum of them with factors,
 * such as `"weightedCrossEntropy + 0.5 * dice"`. Each has the defaults of `@unet/loss`.
 *
 * @throws RangeError where it is none of these
 */
export function lossOf(text: string, own: Record<string, PixelLoss> = {}): PixelLoss {
  const known = { ...own, ...losses };
  return sumLosses(
    ...termsOf(text).map(({ factor, name }): [number, PixelLoss] => {
      if (Object.hasOwn(known, name)) return [factor, known[name]];
      throw new RangeError(
        `lossOf: a loss is one of ${Object.keys(known).join(", ")}, or a sum such as "dice + 0.5 * focal"; got "${text}"`,
      );
    }),
  );
}

/** The terms of a sum; one that can't be read has no name. */
export function termsOf(text: string): { factor: number; name: string }[] {
  return text.split("+").map((term) => {
    const [, factor = "1", name = ""] = /^\s*(?:(\d*\.?\d+)\s*\*\s*)?(\w+)\s*$/.exec(term) ?? [];
    return { factor: Number(factor), name };
  });
}
