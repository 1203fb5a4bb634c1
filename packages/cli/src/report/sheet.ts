import { encodePng, type Image } from "@unet/image";
import type { Colour } from "@unet/image/picture";
import { rasterise } from "./rasterise.js";

/** A sheet of pictures, each with lines of text below it. */
export interface Sheet {
  title: string;
  /** What the colours mean. */
  legend?: Array<{ colour: Colour; meaning: string }>;
  panels: Array<{ picture: Image<Uint8Array>; lines: string[] }>;
}

const PANEL = 480;
const GAP = 20;
const LINE = 20;
const TITLE = 34;
const LEGEND = 34;

/** The sheet as PNG, at most three pictures side by side, each 480 px wide or high. */
export async function drawSheet({ title, legend = [], panels }: Sheet): Promise<Uint8Array> {
  const columns = Math.min(3, panels.length);
  const width = GAP + Math.max(columns, 2) * (PANEL + GAP);
  const parts = [text(GAP, GAP + 20, title, 22)];
  let top = GAP + TITLE;
  if (legend.length > 0) {
    let left = GAP;
    for (const { colour, meaning } of legend) {
      parts.push(`<rect x="${left}" y="${top}" width="16" height="16" fill="rgb(${colour})" stroke="#888"/>`);
      parts.push(text(left + 23, top + 14, meaning, 15));
      left += 23 + 9 * meaning.length + GAP;
    }
    top += LEGEND;
  }
  for (let first = 0; first < panels.length; first += columns) {
    const row = await Promise.all(
      panels.slice(first, first + columns).map((panel, k) => drawPanel(panel, GAP + k * (PANEL + GAP), top)),
    );
    parts.push(...row.map(({ svg }) => svg));
    top += Math.max(...row.map(({ height }) => height)) + GAP;
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">${parts.join("")}</svg>`;
  return rasterise(svg, width);
}

async function drawPanel({ picture, lines }: Sheet["panels"][0], left: number, top: number) {
  const scale = PANEL / Math.max(picture.width, picture.height);
  const height = Math.round(picture.height * scale);
  const png = Buffer.from(await encodePng(picture)).toString("base64");
  const svg = [
    `<image x="${left}" y="${top}" width="${Math.round(picture.width * scale)}" height="${height}" image-rendering="${scale > 1 ? "optimizeSpeed" : "optimizeQuality"}" xlink:href="data:image/png;base64,${png}"/>`,
    ...lines.map((line, k) => text(left, top + height + LINE * (k + 1) - 2, shorten(line), 13, k > 0)),
  ];
  return { svg: svg.join(""), height: height + LINE * lines.length };
}

/** What fits below a picture. */
function shorten(line: string): string {
  const most = 66;
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

function text(x: number, y: number, content: string, size: number, soft = false): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" font-family="DejaVu Sans" font-size="${size}" fill="${soft ? "#555" : "#111"}">${escaped}</text>`;
}
