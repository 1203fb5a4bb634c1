import { signal } from "@preact/signals";
import type { Point } from "../labels/region.js";
import { edit, select } from "../state/editing.js";
import { brushRadius, current, labelInfo, paintOver, selected, tool } from "../state/store.js";
import { pixels } from "../state/workers.js";
import { panBy, toImage, view, zoomBy } from "./view.js";

/** What is being drawn, px of the image. */
export const stroke = signal<{ kind: "brush" | "lasso" | "line" | "box"; points: Point[] } | undefined>(
  undefined,
);
/** Where the pointer is, px of the image. */
export const pointerAt = signal<Point | undefined>(undefined);

/** Pixels of the screen within which a press is a click. */
const CLICK = 4;

/** Makes a picture follow the pointer: pans, zooms, and does what the tool says. Returns how to stop. */
export function followPointer(canvas: HTMLCanvasElement, isPanning: () => boolean): () => void {
  const pressed = new Map<number, Point>();
  let mode: "pan" | "pinch" | "draw" | undefined;
  let began: Point = { x: 0, y: 0 };
  let moved = false;
  let corners = false;

  const at = (event: PointerEvent | WheelEvent | MouseEvent): Point => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  const down = (event: PointerEvent) => {
    if (event.button === 2) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    pressed.set(event.pointerId, at(event));
    if (pressed.size === 2) {
      mode = "pinch";
      stroke.value = undefined;
      return;
    }
    began = at(event);
    moved = false;
    const boxes = tool.value === "select" && event.shiftKey;
    if (event.button === 1 || isPanning() || (tool.value === "select" && !boxes)) {
      mode = "pan";
      return;
    }
    mode = "draw";
    const point = toImage(began);
    if (tool.value === "lasso" && corners && stroke.value) {
      stroke.value = { kind: "lasso", points: [...stroke.value.points, point] };
      return;
    }
    corners = false;
    const kind = boxes ? "box" : tool.value === "lasso" ? "lasso" : tool.value === "split" ? "line" : "brush";
    if (tool.value !== "fill") stroke.value = { kind, points: [point] };
  };

  const move = (event: PointerEvent) => {
    const here = at(event);
    pointerAt.value = toImage(here);
    const before = pressed.get(event.pointerId);
    if (!before) return;
    pressed.set(event.pointerId, here);
    if (Math.hypot(here.x - began.x, here.y - began.y) > CLICK) moved = true;
    if (mode === "pan") panBy(here.x - before.x, here.y - before.y);
    else if (mode === "pinch") {
      const [other] = [...pressed].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      if (!other) return;
      const distance = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y);
      panBy((here.x - before.x) / 2, (here.y - before.y) / 2);
      zoomBy(distance(here) / Math.max(1, distance(before)), {
        x: (here.x + other.x) / 2,
        y: (here.y + other.y) / 2,
      });
    } else if (mode === "draw" && stroke.value) {
      const { kind, points } = stroke.value;
      if (kind === "lasso" && !moved) return;
      const added = event.getCoalescedEvents?.() ?? [];
      const more = (added.length > 0 ? added : [event]).map((each) => toImage(at(each)));
      stroke.value = {
        kind,
        points: kind === "box" ? [points[0], more.at(-1) as Point] : [...points, ...more],
      };
    }
  };

  const up = async (event: PointerEvent) => {
    if (!pressed.delete(event.pointerId)) return;
    const ended = mode;
    if (pressed.size === 0) mode = undefined;
    if (ended === "pan" && !moved && event.button === 0 && !isPanning())
      await clickAt(toImage(at(event)), event.shiftKey);
    if (ended !== "draw") return;
    if (tool.value === "fill") {
      await edit({ type: "fill", at: toImage(began), label: labelToDraw() });
      return;
    }
    const drawn = stroke.value;
    if (!drawn) return;
    if (drawn.kind === "lasso" && !moved) {
      corners = true;
      return;
    }
    finish();
  };

  /** Does what has been drawn. */
  const finish = () => {
    const drawn = stroke.value;
    stroke.value = undefined;
    corners = false;
    if (drawn) void apply(drawn);
  };

  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 32 * event.deltaY : event.deltaY;
    zoomBy(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)), at(event));
  };

  const cancel = () => {
    pressed.clear();
    mode = undefined;
    corners = false;
    stroke.value = undefined;
  };

  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter" && stroke.value?.kind === "lasso") finish();
    else if (event.key === "Escape") cancel();
  };

  const leave = () => {
    pointerAt.value = undefined;
  };
  const double = () => {
    if (stroke.value?.kind === "lasso") finish();
  };

  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", cancel);
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("dblclick", double);
  canvas.addEventListener("wheel", wheel, { passive: false });
  window.addEventListener("keydown", key);
  return () => {
    canvas.removeEventListener("pointerdown", down);
    canvas.removeEventListener("pointermove", move);
    canvas.removeEventListener("pointerup", up);
    canvas.removeEventListener("pointercancel", cancel);
    canvas.removeEventListener("pointerleave", leave);
    canvas.removeEventListener("dblclick", double);
    canvas.removeEventListener("wheel", wheel);
    window.removeEventListener("keydown", key);
  };
}

/** The object that drawing adds to: the one that is selected, or a new one. */
function labelToDraw(): number {
  const [only, ...others] = selected.value;
  return only !== undefined && others.length === 0 ? only : (labelInfo.value?.next ?? 1);
}

async function clickAt({ x, y }: Point, add: boolean): Promise<void> {
  if (!current.value) return;
  const { label } = await pixels.call("probe", { ...current.value, x, y }).catch(() => ({ label: 0 }));
  select(label, add);
}

async function apply({ kind, points }: NonNullable<(typeof stroke)["value"]>): Promise<void> {
  const radius = brushRadius.value;
  const objects = [...selected.value];
  const over = paintOver.value;
  if (kind === "box") {
    const [a, b] = [points[0], points.at(-1) as Point];
    const rect = {
      x: Math.min(a.x, b.x),
      y: Math.min(a.y, b.y),
      width: Math.abs(a.x - b.x),
      height: Math.abs(a.y - b.y),
    };
    if (!current.value) return;
    const found = await pixels.call("within", { ...current.value, rect });
    selected.value = [...new Set([...selected.value, ...found])];
  } else if (kind === "line") {
    await edit({ type: "split", points, objects });
  } else if (kind === "lasso") {
    await edit({ type: "polygon", points, label: labelToDraw(), over });
  } else if (tool.value === "eraser") {
    // With objects selected only they are cut, so that a neighbour is not hurt.
    await edit({ type: "brush", points, radius, label: 0, ...(objects.length > 0 && { only: objects }) });
  } else if (tool.value === "unknown") {
    await edit({ type: "brush", points, radius, label: -1 });
  } else {
    await edit({ type: "brush", points, radius, label: labelToDraw(), over });
  }
}

/** Radius of the brush on the screen. */
export function brushOnScreen(): number {
  return brushRadius.value * view.value.scale;
}
