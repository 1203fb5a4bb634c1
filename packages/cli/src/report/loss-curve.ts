import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** The loss of every step as dots, and its moving mean as a line, as an SVG picture. */
export function lossCurve(history: Array<{ step: number; loss: number }>): string {
  const { document } = parseHTML("<html><body></body></html>");
  const window = Math.max(1, Math.round(history.length / 40));
  const svg = Plot.plot({
    document: document as unknown as Document,
    width: 1040,
    height: 300,
    marginLeft: 48,
    x: { label: "step" },
    y: { label: "weighted cross-entropy", grid: true, zero: true },
    marks: [
      Plot.dot(history, { x: "step", y: "loss", r: 1.5, fill: "currentColor", fillOpacity: 0.25 }),
      Plot.lineY(
        history,
        Plot.windowY(
          { k: window, anchor: "end" },
          { x: "step", y: "loss", stroke: "#0b6bcb", strokeWidth: 2 },
        ),
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}
