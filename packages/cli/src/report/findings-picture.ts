import type { Dataset, Finding } from "@unet/datasets";
import type { Sample } from "@unet/image";
import { drawOutlines, toGrey } from "@unet/image/picture";
import { drawSheet, type Sheet } from "./sheet.js";

const MOST_PANELS = 9;

/**
 * The images that something was found in, with their labels as outlines, errors first; where there are none,
 * the first images.
 *
 * @returns PNG
 */
export async function drawFindings(sets: Dataset[], findings: Finding[]): Promise<Uint8Array> {
  const grave = findings
    .filter(({ sample, severity }) => sample !== "" && severity !== "info")
    .sort((a, b) => rank(a) - rank(b));
  const suspicious = [...new Set(grave.map(({ sample }) => sample))];
  const panels: Sheet["panels"] = [];
  for (const set of sets) {
    for (let index = 0; index < set.length; index++) {
      const name = set.names?.[index];
      const wanted = suspicious.length === 0 || name === undefined || suspicious.includes(name);
      if (!wanted || panels.length === MOST_PANELS) continue;
      const sample = await set.get(index).catch(() => undefined);
      if (!sample || (suspicious.length > 0 && !suspicious.includes(sample.name))) continue;
      const problems = grave.filter((finding) => finding.sample === sample.name);
      panels.push({
        picture: draw(sample),
        lines: [sample.name, ...problems.slice(0, 3).map(({ problem }) => problem)],
      });
    }
  }
  return drawSheet({ title: titleOf(suspicious.length, panels.length), panels });
}

const rank = ({ severity }: Finding) => ["error", "warning", "info"].indexOf(severity);

function titleOf(suspicious: number, shown: number): string {
  if (suspicious === 0) return `Nothing suspicious: the first ${shown} images with their labels`;
  const rest = suspicious > shown ? `; ${shown} of them are shown` : "";
  return `${suspicious} suspicious image${suspicious > 1 ? "s" : ""} with the outlines of their labels${rest}`;
}

/** Labels of another size can't be drawn on the image. */
function draw({ image, labels }: Sample): Sheet["panels"][0]["picture"] {
  const fits = image.width === labels.width && image.height === labels.height;
  return fits ? drawOutlines(image, labels) : toGrey(image);
}
