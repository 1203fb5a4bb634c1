import type { TrainingConfig } from "./config.js";

/**
 * Whether rims fit the other settings, and the model where its classes are known.
 *
 * @throws RangeError that says what would be right
 */
export function assertRims(
  { rims, classOf }: Pick<TrainingConfig, "rims" | "classOf">,
  classes = 2 + rims.length,
): void {
  if (rims.length === 0) return;
  if (classOf) {
    throw new RangeError(
      "train: config.rims makes all instances one kind of object, so config.classOf can't be given with it",
    );
  }
  if (classes !== 2 + rims.length) {
    throw new RangeError(
      `train: config.rims has ${rims.length} width${rims.length === 1 ? "" : "s"}, so the model needs ${2 + rims.length} classes, background, interior and each rim; it has ${classes}`,
    );
  }
}

/** Default names of the classes. */
export function defaultClassNames(classes: number, rims: readonly number[]): string[] {
  const ofRims = rims.toSorted((a, b) => b - a).map((width) => `rim of ${width} px`);
  const names = rims.length > 0 ? ["background", "interior", ...ofRims] : ["background"];
  return Array.from({ length: classes }, (_, label) => names[label] ?? `class ${label}`);
}
