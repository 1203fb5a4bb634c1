import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { isDark } from "../state/theme.js";
import { chartColours } from "./chart-colours.js";
import "uplot/dist/uPlot.min.css";

/** A value for each step: thin as it is, thick its running mean. */
export function Lines({
  values,
  from,
  steps,
  label,
}: {
  values: readonly number[];
  from: number;
  steps: number;
  label: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();

  // drawn anew in the colours of the other theme
  const dark = isDark.value;
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const [ink, accent, line] = chartColours(element);
    const axis = {
      stroke: ink,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      font: "11px system-ui",
    };
    plot.current = new uPlot(
      {
        width: element.clientWidth,
        height: 150,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 8, 0, 0],
        scales: { x: { time: false }, y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.05 : 1] } },
        axes: [
          { ...axis, size: 24, grid: { show: false } },
          { ...axis, size: 42 },
        ],
        series: [
          {},
          { stroke: `color-mix(in srgb, ${accent} 40%, transparent)`, width: 1, points: { show: false } },
          { stroke: accent, width: 2, points: { show: false } },
        ],
      },
      [[], [], []],
      element,
    );
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: 150 }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, [dark]);

  useEffect(() => {
    const x = values.map((_, i) => from + i + 1);
    plot.current?.setData([x, [...values], smooth(values)], false);
    plot.current?.setScale("x", { min: from, max: Math.max(steps, from + values.length, from + 10) });
  }, [values, from, steps, dark]);

  return <div class="bars" ref={box} role="img" aria-label={label} />;
}

/** Exponential running mean without bias towards its start. */
function smooth(values: readonly number[]): number[] {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = 0.9 * sum + value;
    weight = 0.9 * weight + 1;
    return sum / weight;
  });
}
