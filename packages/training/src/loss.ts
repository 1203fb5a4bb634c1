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
 * The loss that a configuration names: one of {@link lossNames}, or a sum of them with factors, such as
 * `"weightedCrossEntropy + 0.5 * dice"`. Each is as `@unet/loss` has it by default.
 *
 * @throws RangeError where it is neither
 */
export function lossOf(text: string): PixelLoss {
  return sumLosses(...text.split("+").map(termOf));
}

function termOf(text: string): [number, PixelLoss] {
  const [, factor = "1", name = ""] = /^\s*(?:(\d*\.?\d+)\s*\*\s*)?(\w+)\s*$/.exec(text) ?? [];
  if (Object.hasOwn(losses, name)) return [Number(factor), losses[name]];
  throw new RangeError(
    `lossOf: a loss is one of ${lossNames.join(", ")}, or a sum such as "dice + 0.5 * focal"; got "${text}"`,
  );
}
