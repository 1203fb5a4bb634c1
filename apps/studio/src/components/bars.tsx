import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { isDark } from "../state/theme.js";
import { chartColours } from "./chart-colours.js";
import "uplot/dist/uPlot.min.css";

/** Counts as bars, from `low` to `high`; `marks` are values with a line of their own. */
export function Bars({
  counts,
  low,
  high,
  marks = [],
  label,
  height = 72,
  axis = true,
}: {
  counts: readonly number[];
  low: number;
  high: number;
  marks?: readonly number[];
  /** What is counted, for those who can't see it. */
  label: string;
  height?: number;
  axis?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const lines = useRef(marks);
  lines.current = marks;

  // drawn anew in the colours of the other theme
  const dark = isDark.value;
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const [ink, accent, line] = chartColours(element);
    const width = (high - low) / counts.length;
    const x = counts.map((_, i) => low + (i + 0.5) * width);
    plot.current = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [4, 6, 0, 6],
        scales: {
          x: { time: false, range: [low, high] },
          y: { range: (_u, _min, max) => [0, Math.max(1, max)] },
        },
        axes: axis
          ? [
              {
                stroke: ink,
                grid: { show: false },
                ticks: { stroke: line, size: 4 },
                size: 24,
                font: "11px system-ui",
              },
              { show: false },
            ]
          : [{ show: false }, { show: false }],
        series: [
          {},
          {
            fill: accent,
            stroke: accent,
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars?.({ size: [1, Infinity] }),
          },
        ],
        hooks: {
          draw: [
            (u) => {
              const { ctx, bbox } = u;
              ctx.fillStyle = ink;
              for (const mark of lines.current) {
                const at = Math.round(u.valToPos(mark, "x", true));
                ctx.fillRect(at - devicePixelRatio / 2, bbox.top, devicePixelRatio, bbox.height);
              }
            },
          ],
        },
      },
      [x, [...counts]],
      element,
    );
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, [counts, low, high, height, axis, dark]);

  const key = marks.join();
  useEffect(() => plot.current?.redraw(), [key]);

  return <div class="bars" ref={box} role="img" aria-label={label} />;
}
