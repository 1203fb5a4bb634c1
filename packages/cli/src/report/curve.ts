import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** What {@link curve} draws. */
export interface CurveOptions {
  /** What the values are, for the axis. */
  label: string;
  /** Many values: small dots (of very many, some), with their moving mean as a line. */
  dots?: Array<{ step: number; value: number }>;
  /** Whether `dots` scatter; if not, the line goes through them. Default true. */
  noisy?: boolean;
  /** Few values: a line through them, with a dot at each. */
  line?: Array<{ step: number; value: number }>;
  /** The dot of the line that is marked and named. */
  marked?: { step: number; value: number; name: string };
  /** Whether the axis begins at 0. Default true. */
  zero?: boolean;
}

/** Values over steps, as an SVG picture. */
export function curve({
  label,
  dots = [],
  noisy = true,
  line = [],
  marked,
  zero = true,
}: CurveOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const window = noisy ? Math.max(1, Math.round(dots.length / 40)) : 1;
  const svg = Plot.plot({
    document: document as unknown as Document,
    width: 1040,
    height: 300,
    marginLeft: 48,
    x: { label: "step" },
    y: { label, grid: true, zero },
    marks: [
      Plot.dot(
        dots.filter((_, i) => i % Math.ceil(dots.length / 1500) === 0),
        { x: "step", y: "value", r: 1.5, fill: "currentColor", fillOpacity: 0.25 },
      ),
      Plot.lineY(
        dots,
        Plot.windowY({ k: window, anchor: "end" }, { x: "step", y: "value", stroke: BLUE, strokeWidth: 2 }),
      ),
      Plot.lineY(line, { x: "step", y: "value", stroke: ORANGE, strokeWidth: 2 }),
      Plot.dot(line, { x: "step", y: "value", r: 2.5, fill: ORANGE }),
      ...(marked
        ? [
            Plot.dot([marked], { x: "step", y: "value", r: 6, stroke: ORANGE, strokeWidth: 2 }),
            Plot.text([marked], { x: "step", y: "value", text: "name", dy: -14, fill: "currentColor" }),
          ]
        : []),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}

const BLUE = "#0b6bcb";
const ORANGE = "#d9730d";
