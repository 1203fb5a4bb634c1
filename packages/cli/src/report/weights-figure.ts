import { encodePng, type Image, type LabelImage } from "@unet/image";
import { colourLabels, heatMap, toGrey } from "@unet/image/picture";

/** What {@link weightsFigure} shows. */
export interface WeightsFigure {
  image: Image;
  /** Instances, as the weight map was made from them. */
  cells: LabelImage;
  /** d₁ + d₂ of each pixel, px. */
  distances: Image<Float32Array>;
  weights: Image<Float32Array>;
  /** The largest d₁ + d₂ that the colours show, px. */
  reach: number;
  /** How the weights were made, for the caption. */
  formula: string;
}

/** A picture with a line above, and below it a line or a scale of its colours. */
interface Panel {
  title: string;
  picture: Image<Uint8Array>;
  note?: string;
  scale?: { label: string; ramp: Image<Uint8Array>; ticks: Array<{ at: number; text: string }> };
}

/**
 * Image, cells, d₁ + d₂ and weights side by side, as in the paper's figure 3: an SVG picture and its width, px.
 */
export async function weightsFigure(figure: WeightsFigure): Promise<{ svg: string; width: number }> {
  const { width, height } = figure.image;
  const enlarged = width < LARGEST ? Math.ceil(LARGEST / 2 / width) : LARGEST / width;
  const size = { width: Math.round(width * enlarged), height: Math.round(height * enlarged) };
  const panels = panelsOf(figure);
  const total = MARGIN + panels.length * (size.width + MARGIN);
  const drawn = await Promise.all(
    panels.map((panel, i) =>
      drawPanel(panel, { letter: "abcd"[i], x: MARGIN + i * (size.width + MARGIN), ...size }),
    ),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="${TOP + size.height + BOTTOM}" font-family="DejaVu Sans" font-size="${FONT}" fill="#1b1f24">
${drawn.join("\n")}
</svg>`;
  return { svg, width: total };
}

/** Panels are drawn at up to this width; small images in whole multiples of their pixels. */
const LARGEST = 768;
const MARGIN = 20;
const TOP = 44;
const BOTTOM = 78;
const FONT = 16;

function panelsOf({ image, cells, distances, weights, reach, formula }: WeightsFigure): Panel[] {
  const count = new Set(cells.data.filter((label) => label > 0)).size;
  const highest = weights.data.reduce((most, weight) => Math.max(most, weight), 0);
  return [
    { title: "image", picture: toGrey(image), note: `${image.width} × ${image.height} px` },
    {
      title: "cells",
      picture: colourLabels(cells),
      note: `${count} cell${count === 1 ? "" : "s"}, separated`,
    },
    {
      title: "d₁ + d₂",
      picture: onBackground(nearness(distances), cells, reach),
      scale: {
        label: "px to the two nearest cells",
        ramp: heatMap(nearness(ramp(0, reach)), { low: -reach, high: 0 }),
        ticks: [0, 1, 2, 3].map((third) => ({
          at: third / 3,
          text: `${third === 3 ? "≥ " : ""}${Number(((reach * third) / 3).toPrecision(2))}`,
        })),
      },
    },
    {
      title: "weight in the loss",
      picture: heatMap(weights, { low: 0, high: highest }),
      scale: {
        label: formula,
        ramp: heatMap(ramp(0, 1), { low: 0, high: 1 }),
        ticks: ticksTo(highest).map((value) => ({ at: highest > 0 ? value / highest : 0, text: `${value}` })),
      },
    },
  ];
}

async function drawPanel(
  { title, picture, note, scale }: Panel,
  { letter, x, width, height }: { letter: string; x: number; width: number; height: number },
): Promise<string> {
  const below = TOP + height;
  const rendering = width < picture.width ? "optimizeQuality" : "optimizeSpeed";
  const parts = [
    text(x, TOP - 14, letter, SOFT),
    text(x + 1.4 * FONT, TOP - 14, title),
    `<image x="${x}" y="${TOP}" width="${width}" height="${height}" preserveAspectRatio="none" image-rendering="${rendering}" href="${await dataUri(picture)}"/>`,
  ];
  if (note) parts.push(text(x, below + 26, note, SOFT));
  if (scale) {
    parts.push(
      `<image x="${x}" y="${below + 10}" width="${width}" height="12" preserveAspectRatio="none" href="${await dataUri(scale.ramp)}"/>`,
      ...scale.ticks.map(({ at, text: label }) => {
        const anchor = at < 0.02 ? "start" : at > 0.98 ? "end" : "middle";
        return text(x + at * width, below + 41, label, `${SOFT} text-anchor="${anchor}"`);
      }),
      text(x, below + 66, scale.label, SOFT),
    );
  }
  return parts.join("\n");
}

const SOFT = `font-size="${FONT - 2}" fill="#59636e"`;

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
}

async function dataUri(picture: Image<Uint8Array>): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await encodePng(picture)).toString("base64")}`;
}

/** Small distances bright. */
function nearness(distances: Image<Float32Array>): Image<Float32Array> {
  return { ...distances, data: distances.data.map((distance) => -distance) };
}

/** The heat map where there is no cell, and cells in one grey. */
function onBackground(values: Image<Float32Array>, cells: LabelImage, reach: number): Image<Uint8Array> {
  const picture = heatMap(values, { low: -reach, high: 0 });
  for (const [i, label] of cells.data.entries()) if (label > 0) picture.data.fill(96, 3 * i, 3 * i + 3);
  return picture;
}

function ramp(low: number, high: number): Image<Float32Array> {
  const steps = 256;
  const data = Float32Array.from({ length: steps }, (_, i) => low + (i / (steps - 1)) * (high - low));
  return { width: steps, height: 1, channels: 1, data };
}

/** Round numbers from 0 to `highest`, four to seven of them. */
function ticksTo(highest: number): number[] {
  if (!(highest > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(highest / 3));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => highest / n <= 6.5) as number;
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
