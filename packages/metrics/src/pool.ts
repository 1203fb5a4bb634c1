import { assertLabels, type LabelImage } from "@unet/image";

/** One label image, or several that are measured together. */
export type LabelImages = LabelImage | readonly LabelImage[];

/**
 * Prediction and truth side by side as lists.
 *
 * @throws RangeError where they are of different number or size
 */
export function pairUp(
  prediction: LabelImages,
  truth: LabelImages,
  where: string,
): Array<[LabelImage, LabelImage]> {
  const predictions = Array.isArray(prediction) ? prediction : [prediction as LabelImage];
  const truths = Array.isArray(truth) ? truth : [truth as LabelImage];
  if (predictions.length !== truths.length) {
    throw new RangeError(
      `${where}: ${predictions.length} predictions were given for ${truths.length} truths; one each is needed`,
    );
  }
  return predictions.map((predicted, i) => {
    const expected = truths[i];
    assertLabels(predicted, where);
    assertLabels(expected, where);
    if (predicted.width !== expected.width || predicted.height !== expected.height) {
      throw new RangeError(
        `${where}: image ${i} is ${predicted.width} × ${predicted.height} in the prediction and ${expected.width} × ${expected.height} in the truth`,
      );
    }
    return [predicted, expected];
  });
}
