import { assertLabels, IGNORE, type LabelImage } from "@unet/image";

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
    const true_ = truths[i];
    assertLabels(predicted, where);
    assertLabels(true_, where);
    if (predicted.width !== true_.width || predicted.height !== true_.height) {
      throw new RangeError(
        `${where}: image ${i} is ${predicted.width} × ${predicted.height} in the prediction and ${true_.width} × ${true_.height} in the truth`,
      );
    }
    return [predicted, true_];
  });
}

/** Whether the truth says nothing of a pixel. */
export function isIgnored(label: number): boolean {
  return label === IGNORE;
}
