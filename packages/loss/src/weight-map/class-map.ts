import { assertLabels, IGNORE, type LabelImage, type LabelKind } from "@unet/image";

/**
 * The class of each pixel. A class map is returned as it is. In an instance map background is class 0, each
 * instance the class that `classOf` gives its number, or 1 where it gives none; `IGNORE` stays.
 *
 * @param kind what the labels are: `"classes"` or `"instances"`
 * @param classOf classes by instance number, e.g. `{ 7: 2 }` or an array
 * @throws RangeError where `kind` is unknown or `classOf` holds what is no class
 */
export function classMap(
  labels: LabelImage,
  kind: LabelKind,
  classOf: Readonly<Record<number, number>> = {},
): LabelImage {
  assertLabels(labels, "classMap");
  if (kind === "classes") return labels;
  if (kind !== "instances") {
    throw new RangeError(`classMap: kind must be "classes" or "instances", got "${kind}"`);
  }
  const { width, height, data } = labels;
  const out = new Int32Array(data.length);
  // instances are runs of one number: look each run up once
  let previous = 0;
  let value = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== previous) {
      previous = data[i];
      value = previous > 0 ? (classOf[previous] ?? 1) : previous;
      if (!Number.isInteger(value) || value < IGNORE) {
        throw new RangeError(
          `classMap: classOf gives instance ${previous} the class ${value}, but a class is 0, 1, 2, … or −1 to ignore it`,
        );
      }
    }
    out[i] = value;
  }
  return { width, height, data: out };
}
