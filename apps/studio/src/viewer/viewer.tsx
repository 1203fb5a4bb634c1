import { effect, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cssColourOf } from "../labels/render-labels.js";
import {
  channel,
  current,
  currentItem,
  labelFill,
  labelInfo,
  labelOpacity,
  labelVersion,
  levels,
  previewing,
  selected,
  showLabels,
  tool,
} from "../state/store.js";
import { pixels } from "../state/workers.js";
import { brushOnScreen, followPointer, pointerAt, stroke } from "./pointer.js";
import { TileCache } from "./tile-cache.js";
import { fit, imageSize, panBy, screen, toScreen, view, zoomBy } from "./view.js";

/** Whether the space bar is held, which makes every tool pan. */
let space = false;

/** The picture: the image in tiles, its labels over it, and what is being drawn. */
export function Viewer() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter>();

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const own = new Painter(element);
    painter.current = own;
    const observer = new ResizeObserver(([{ contentRect }]) => {
      const first = screen.value.width <= 1;
      screen.value = { width: Math.max(1, contentRect.width), height: Math.max(1, contentRect.height) };
      if (first) fit();
      own.resize();
    });
    observer.observe(element);
    const stop = followPointer(element, () => space);
    const dispose = own.follow();
    return () => {
      observer.disconnect();
      stop();
      dispose();
    };
  }, []);

  useSignalEffect(() => {
    const item = currentItem.value;
    imageSize.value = item && { width: item.info.width, height: item.info.height };
  });

  const item = currentItem.value;
  const label = item
    ? `${item.name}, ${item.info.width} × ${item.info.height} px, ${labelInfo.value?.objects ?? 0} objects. Arrow keys move, plus and minus zoom.`
    : "No image is open";
  return (
    <canvas
      ref={canvas}
      class="picture"
      data-tool={tool.value}
      tabIndex={0}
      role="img"
      aria-label={label}
      onKeyDown={onKey}
      onKeyUp={(event) => {
        if (event.key === " ") space = false;
      }}
    />
  );
}

function onKey(event: KeyboardEvent): void {
  const by = event.shiftKey ? 200 : 50;
  const moves: Record<string, () => void> = {
    ArrowLeft: () => panBy(by, 0),
    ArrowRight: () => panBy(-by, 0),
    ArrowUp: () => panBy(0, by),
    ArrowDown: () => panBy(0, -by),
    "+": () => zoomBy(1.25),
    "=": () => zoomBy(1.25),
    "-": () => zoomBy(0.8),
    "0": fit,
    " ": () => {
      space = true;
    },
  };
  const move = moves[event.key];
  if (!move || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  move();
}

/** Draws one frame where anything has changed. */
class Painter {
  readonly #context: CanvasRenderingContext2D;
  readonly #image: TileCache;
  readonly #labels: TileCache;
  #due = false;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext("2d", { alpha: true }) as CanvasRenderingContext2D;
    const again = () => this.request();
    this.#image = new TileCache((part) => {
      const at = current.value;
      if (!at) throw new Error("no image is open");
      return pixels.call("tile", { ...at, channel: channel.value, part, levels: levels.value });
    }, again);
    this.#labels = new TileCache((part) => {
      const at = current.value;
      if (!at) throw new Error("no image is open");
      return pixels.call("labelTile", {
        ...at,
        part,
        look: { fill: labelFill.value, selected: selected.value },
      });
    }, again);
  }

  /** Draws when what is shown changes; returns how to stop. */
  follow(): () => void {
    let shown: { id: string; plane: number } | undefined;
    const stops = [
      effect(() => {
        const at = current.value;
        const size = imageSize.value;
        if (size && at && (at.id !== shown?.id || at.plane !== shown.plane)) {
          const another = at.id !== shown?.id;
          shown = at;
          this.#image.reset(size);
          this.#labels.reset(size);
          if (another) fit();
        }
        this.request();
      }),
      effect(() => {
        channel.value;
        levels.value;
        this.#image.refresh();
        this.request();
      }),
      effect(() => {
        labelVersion.value;
        selected.value;
        labelFill.value;
        this.#labels.refresh();
        this.request();
      }),
      effect(() => {
        view.value;
        screen.value;
        stroke.value;
        pointerAt.value;
        showLabels.value;
        labelOpacity.value;
        tool.value;
        this.request();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  resize(): void {
    const { width, height } = screen.value;
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.#draw();
  }

  request(): void {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const began = performance.now();
      this.#draw();
      performance.measure("frame", { start: began, end: performance.now() });
      performance.clearMeasures("frame");
    });
  }

  #draw(): void {
    const context = this.#context;
    const size = screen.value;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    if (!current.value || !imageSize.value) {
      this.canvas.dataset.settled = "true";
      return;
    }
    this.#image.draw(context, view.value, size);
    const info = labelInfo.value;
    if (showLabels.value && (info?.objects || info?.unknown || previewing.value)) {
      context.globalAlpha = labelOpacity.value;
      this.#labels.draw(context, view.value, size);
      context.globalAlpha = 1;
    }
    this.#drawStroke();
    // For tests, which wait until what is seen is there.
    this.canvas.dataset.settled = String(this.#image.settled && this.#labels.settled);
  }

  #drawStroke(): void {
    const context = this.#context;
    const drawn = stroke.value;
    const radius = brushOnScreen();
    const brushes = tool.value === "brush" || tool.value === "eraser" || tool.value === "unknown";
    if (drawn) {
      const points = drawn.points.map(toScreen);
      context.beginPath();
      if (drawn.kind === "box") {
        const [a, b] = [points[0], points.at(-1) ?? points[0]];
        context.rect(a.x, a.y, b.x - a.x, b.y - a.y);
      } else for (const { x, y } of points) context.lineTo(x, y);
      context.lineJoin = context.lineCap = "round";
      if (drawn.kind === "brush") {
        if (points.length === 1) context.lineTo(points[0].x + 0.01, points[0].y);
        context.lineWidth = Math.max(1, 2 * radius);
        context.strokeStyle = tool.value === "brush" ? cssColourOf(labelInfo.value?.next ?? 1) : "#111";
        context.globalAlpha = 0.55;
        context.stroke();
        context.globalAlpha = 1;
      } else {
        context.lineWidth = 3;
        context.strokeStyle = "#000a";
        context.stroke();
        context.lineWidth = 1.5;
        context.strokeStyle = "#fff";
        context.stroke();
      }
    }
    if (brushes && pointerAt.value) {
      const { x, y } = toScreen(pointerAt.value);
      context.beginPath();
      context.arc(x, y, Math.max(1, radius), 0, 2 * Math.PI);
      context.lineWidth = 2.5;
      context.strokeStyle = "#0008";
      context.stroke();
      context.lineWidth = 1;
      context.strokeStyle = "#fff";
      context.stroke();
    }
  }
}
