import type { LabelImage } from "@unet/image";

/** The area of each object, px. */
export function areasOf({ data }: LabelImage): Iterable<number> {
  const areas = new Map<number, number>();
  for (const label of data) if (label > 0) areas.set(label, (areas.get(label) ?? 0) + 1);
  return areas.values();
}
