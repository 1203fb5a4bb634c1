import { mergeSelected, removeSelected, undo } from "./editing.js";
import { step } from "./images.js";
import { brushRadius, selected, showLabels, type Tool, tool } from "./store.js";

const toolKeys: Record<string, Tool> = {
  v: "select",
  b: "brush",
  e: "eraser",
  l: "lasso",
  f: "fill",
  s: "split",
  u: "unknown",
};

/** What keys do wherever the focus is, but in fields. */
export function followKeys(): void {
  window.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("input:not([type=range], [type=checkbox], [type=radio]), select, textarea")) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === "z") {
      event.preventDefault();
      void undo(event.shiftKey ? "redo" : "undo");
    } else if (command && key === "y") {
      event.preventDefault();
      void undo("redo");
    } else if (command || event.altKey) return;
    else if (toolKeys[key]) tool.value = toolKeys[key];
    else if (key === "h") showLabels.value = !showLabels.value;
    else if (key === "[")
      brushRadius.value = Math.max(0.5, brushRadius.value - Math.max(0.5, brushRadius.value * 0.15));
    else if (key === "]")
      brushRadius.value = Math.min(60, brushRadius.value + Math.max(0.5, brushRadius.value * 0.15));
    else if (key === "m" && selected.value.length > 1) void mergeSelected();
    else if ((key === "delete" || key === "backspace") && selected.value.length > 0) void removeSelected();
    else if (key === "escape") selected.value = [];
    else if (key === "pagedown") void step(1);
    else if (key === "pageup") void step(-1);
  });
}
