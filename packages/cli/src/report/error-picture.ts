import { connectedComponents, type Image, type LabelImage, type LabelKind } from "@unet/image";
import { type Colour, toGrey } from "@unet/image/picture";
import { type ObjectErrors, objectErrors } from "@unet/metrics";
import { drawSheet, type Sheet } from "./sheet.js";

/** Colours that people with colour blindness tell apart (Okabe and Ito). */
const colours = {
  split: [240, 228, 66],
  merged: [86, 180, 233],
  missed: [213, 94, 0],
  superfluous: [204, 121, 167],
} satisfies Record<keyof ObjectErrors, Colour>;

const kinds = Object.keys(colours) as Array<keyof ObjectErrors>;

const OUTLINE_FOUND: Colour = [255, 255, 255];
const OUTLINE_TRUE: Colour = [0, 158, 115];

const MOST_PANELS = 9;

/** What is wrong in the objects of one image: the image with wrong ones tinted, and what the colours say, in words. */
export function objectErrorPanel(labels: LabelImage, truth: LabelImage, image: Image) {
  const errors = objectErrors(labels, truth);
  return { picture: drawErrors(labels, truth, errors, image), words: sentence(errors) };
}

/** What the colours of {@link objectErrorPanel} are. */
export const errorColours =
  "split objects are yellow, merged ones blue, missed ones orange, superfluous ones pink, true borders green, found ones white";

/** Collects where predictions are wrong; only the pictures of the images with the most errors are kept. */
export function startErrorPicture(kind: LabelKind) {
  const totals = { split: 0, merged: 0, missed: 0, superfluous: 0 };
  let images = 0;
  let worst: Array<{ errors: number; panel: Sheet["panels"][0] }> = [];
  return {
    /** @param image what lies below; where it is not known, black */
    add(name: string, labels: LabelImage, truth: LabelImage, image?: Image): void {
      const objects = kind === "classes" ? connectedComponents(labels) : labels;
      const trueObjects = kind === "classes" ? connectedComponents(truth) : truth;
      const found = objectErrors(objects, trueObjects);
      for (const kind of kinds) totals[kind] += found[kind].length;
      images++;
      const errors = kinds.reduce((sum, kind) => sum + found[kind].length, 0);
      if (worst.length === MOST_PANELS && errors <= worst[MOST_PANELS - 1].errors) return;
      const panel = {
        picture: drawErrors(objects, trueObjects, found, image),
        lines: [name, sentence(found)],
      };
      worst = [...worst, { errors, panel }].sort((a, b) => b.errors - a.errors).slice(0, MOST_PANELS);
    },
    /** The sheet as PNG. */
    draw(): Promise<Uint8Array> {
      const shown = images > worst.length ? `; the ${worst.length} worst of ${images} images` : "";
      const counts = kinds.map((kind) => `${totals[kind]} ${kind}`).join(", ");
      return drawSheet({
        title: `Objects: ${counts}${shown}`,
        legend: [
          ...kinds.map((kind) => ({ colour: colours[kind], meaning: kind })),
          { colour: OUTLINE_TRUE, meaning: "true border" },
          { colour: OUTLINE_FOUND, meaning: "predicted border" },
        ],
        panels: worst.map(({ panel }) => panel),
      });
    },
  };
}

function sentence(errors: ObjectErrors): string {
  const counts = kinds
    .filter((kind) => errors[kind].length > 0)
    .map((kind) => `${errors[kind].length} ${kind}`);
  return counts.length > 0 ? counts.join(", ") : "every object is found, and no other";
}

/** The image with wrong objects tinted; where a split object is part of a merger, both colours in stripes. */
function drawErrors(
  objects: LabelImage,
  trueObjects: LabelImage,
  errors: ObjectErrors,
  image: Image = { ...trueObjects, channels: 1, data: new Uint8Array(trueObjects.data.length) },
): Image<Uint8Array> {
  const { width, height } = trueObjects;
  const picture = toGrey(image);
  const [split, missed] = [new Set(errors.split), new Set(errors.missed)];
  const [merged, superfluous] = [new Set(errors.merged), new Set(errors.superfluous)];
  const onBorder = ({ data }: LabelImage, i: number, x: number) =>
    (x + 1 < width && data[i] !== data[i + 1]) || (i + width < data.length && data[i] !== data[i + width]);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [found, expected] = [objects.data[i], trueObjects.data[i]];
      if (onBorder(objects, i, x)) picture.data.set(OUTLINE_FOUND, 3 * i);
      else if (onBorder(trueObjects, i, x)) picture.data.set(OUTLINE_TRUE, 3 * i);
      else {
        const stripe = (x + y) % 8 < 4;
        if (missed.has(expected)) tint(picture.data, i, colours.missed);
        else if (expected >= 0 && superfluous.has(found)) tint(picture.data, i, colours.superfluous);
        else if (split.has(expected) && (stripe || !merged.has(found))) tint(picture.data, i, colours.split);
        else if (expected >= 0 && merged.has(found)) tint(picture.data, i, colours.merged);
      }
    }
  }
  return picture;
}

function tint(rgb: Uint8Array, pixel: number, colour: Colour): void {
  for (let c = 0; c < 3; c++) rgb[3 * pixel + c] = 0.45 * rgb[3 * pixel + c] + 0.55 * colour[c];
}
