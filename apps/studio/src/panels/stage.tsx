import { useSignal, useSignalEffect } from "@preact/signals";
import {
  Brush,
  CircleHelp,
  Eraser,
  Lasso,
  type LucideIcon,
  Maximize,
  MousePointer2,
  PaintBucket,
  Redo2,
  Scissors,
  Square,
  Undo2,
  ZoomIn,
  ZoomOut,
} from "lucide-preact";
import { Bars } from "../components/bars.js";
import { Button, Checkbox, IconButton, Slider } from "../components/controls.js";
import { inWords } from "../components/in-words.js";
import type { Channel } from "../images/plane.js";
import { undo } from "../state/editing.js";
import { show, showChannel } from "../state/images.js";
import {
  brushRadius,
  channel,
  current,
  currentItem,
  histogram,
  job,
  labelInfo,
  levels,
  paintOver,
  type Tool,
  tool,
} from "../state/store.js";
import { pixels } from "../state/workers.js";
import { pointerAt } from "../viewer/pointer.js";
import { fit, view, zoomBy } from "../viewer/view.js";
import { Viewer } from "../viewer/viewer.js";
import { Welcome } from "./welcome.js";

const tools: Array<{ id: Tool; icon: LucideIcon; label: string; keys: string; hint: string }> = [
  {
    id: "select",
    icon: MousePointer2,
    label: "Select and move",
    keys: "V",
    hint: "Click selects, dragging moves the image, Shift and dragging selects in a box",
  },
  {
    id: "brush",
    icon: Brush,
    label: "Brush",
    keys: "B",
    hint: "Paints a new object, or adds to the one that is selected",
  },
  {
    id: "eraser",
    icon: Eraser,
    label: "Eraser",
    keys: "E",
    hint: "Takes pixels away, of selected objects only where there are any",
  },
  {
    id: "lasso",
    icon: Lasso,
    label: "Lasso",
    keys: "L",
    hint: "Drag around an object, or click its corners and press Enter",
  },
  { id: "fill", icon: PaintBucket, label: "Fill", keys: "F", hint: "Fills an enclosed area" },
  { id: "split", icon: Scissors, label: "Split", keys: "S", hint: "Draw a line across an object" },
  {
    id: "unknown",
    icon: CircleHelp,
    label: "Unknown",
    keys: "U",
    hint: "Paints what you don't want to decide; training leaves it out",
  },
];

/** The picture with its tools. */
export function Stage() {
  const open = current.value !== undefined;
  return (
    <main class="stage">
      <div class="canvas">
        <Viewer />
        {!open && <Welcome />}
        {open && <Tools />}
        {open && <ToolOptions />}
        <Progress />
      </div>
      {open && <Bar />}
    </main>
  );
}

function Tools() {
  const info = labelInfo.value;
  return (
    <div class="tools" role="toolbar" aria-label="Tools" aria-orientation="vertical">
      {tools.map(({ id, icon, label, keys }) => (
        <IconButton
          key={id}
          icon={icon}
          label={label}
          keys={keys}
          pressed={tool.value === id}
          onClick={() => {
            tool.value = id;
          }}
        />
      ))}
      <hr />
      <IconButton icon={Undo2} label="Undo" keys="Ctrl Z" disabled={!info?.undo} onClick={() => undo()} />
      <IconButton
        icon={Redo2}
        label="Redo"
        keys="Ctrl Shift Z"
        disabled={!info?.redo}
        onClick={() => undo("redo")}
      />
    </div>
  );
}

function ToolOptions() {
  const { id } = tools.find((each) => each.id === tool.value) as (typeof tools)[number];
  const brushes = id === "brush" || id === "eraser" || id === "unknown";
  const info = labelInfo.value;
  if (!brushes && id !== "lasso") return null;
  return (
    <div class="options">
      {brushes && (
        <Slider
          label="Size"
          value={brushRadius.value}
          min={0.5}
          max={60}
          step={0.5}
          shown={`${2 * brushRadius.value} px`}
          onInput={(value) => {
            brushRadius.value = value;
          }}
        />
      )}
      {(id === "brush" || id === "lasso") && <Checkbox value={paintOver}>Over other objects</Checkbox>}
      {info && info.undoBytes > 32 * 2 ** 20 && (
        <p class="hint">
          Undo holds {Math.round(info.undoBytes / 2 ** 20)} of 64 MB; then the oldest steps are forgotten.
        </p>
      )}
    </div>
  );
}

function Progress() {
  const work = job.value;
  if (!work) return null;
  const share = work.total > 0 ? work.done / work.total : 0;
  const seconds = (performance.now() - work.began) / 1000;
  const left = share > 0.02 && seconds > 1 ? (seconds / share) * (1 - share) : undefined;
  return (
    <div class="progress" role="status">
      <div>
        <strong>{work.title}</strong>
        <small>{left === undefined ? "" : `${inWords(left)} left`}</small>
      </div>
      <progress value={share} max={1} aria-label={work.title} />
      <Button icon={Square} onClick={work.stop}>
        Stop
      </Button>
    </div>
  );
}

/** Below the picture: planes, channel, contrast, zoom, and what is under the pointer. */
function Bar() {
  return (
    <div class="bar">
      <Planes />
      <Channels />
      <Contrast />
      <Under />
      <div class="zoom">
        <IconButton icon={ZoomOut} label="Zoom out" keys="-" onClick={() => zoomBy(0.8)} />
        <output>{Math.round(100 * view.value.scale)} %</output>
        <IconButton icon={ZoomIn} label="Zoom in" keys="+" onClick={() => zoomBy(1.25)} />
        <IconButton icon={Maximize} label="Whole image" keys="0" onClick={fit} />
      </div>
    </div>
  );
}

function Planes() {
  const item = currentItem.value;
  const at = current.value;
  if (!item || !at) return null;
  const { slices, frames } = item.info;
  const [z, t] = [at.plane % slices, Math.floor(at.plane / slices)];
  const go = (z: number, t: number) => show({ id: item.id, plane: t * slices + z });
  return (
    <>
      {slices > 1 && (
        <Slider
          label="z"
          value={z}
          min={0}
          max={slices - 1}
          step={1}
          shown={`${z + 1} of ${slices}`}
          onInput={(z) => go(z, t)}
        />
      )}
      {frames > 1 && (
        <Slider
          label="t"
          value={t}
          min={0}
          max={frames - 1}
          step={1}
          shown={`${t + 1} of ${frames}`}
          onInput={(t) => go(z, t)}
        />
      )}
    </>
  );
}

function Channels() {
  const item = currentItem.value;
  if (!item || item.info.channels === 1) return null;
  const { channels } = item.info;
  return (
    <label class="inline">
      Channel
      <select
        value={String(channel.value)}
        onChange={({ currentTarget: { value } }) => {
          const wanted: Channel = value === "colour" ? "colour" : Number(value);
          void showChannel(wanted);
        }}
      >
        {channels === 3 && <option value="colour">colours</option>}
        {Array.from({ length: channels }, (_, c) => (
          <option key={String(c)} value={String(c)}>
            {c + 1}
          </option>
        ))}
      </select>
    </label>
  );
}

function Contrast() {
  const spread = histogram.value;
  if (!spread) return null;
  const { low, high, counts, auto } = spread;
  const step = (high - low) / 255;
  const digits = high - low < 10 ? 2 : 0;
  const set = (change: Partial<typeof levels.value>) => {
    levels.value = { ...levels.value, ...change };
  };
  return (
    <details class="contrast">
      <summary>Contrast</summary>
      <div class="popover">
        <Bars
          counts={counts.map((count) => Math.sqrt(count))}
          low={low}
          high={high}
          marks={[levels.value.low, levels.value.high]}
          label={`Grey values from ${low} to ${high}`}
        />
        <Slider
          label="Black"
          value={levels.value.low}
          min={low}
          max={high}
          step={step}
          shown={levels.value.low.toFixed(digits)}
          onInput={(low) => set({ low: Math.min(low, levels.value.high - step) })}
        />
        <Slider
          label="White"
          value={levels.value.high}
          min={low}
          max={high}
          step={step}
          shown={levels.value.high.toFixed(digits)}
          onInput={(high) => set({ high: Math.max(high, levels.value.low + step) })}
        />
        <div class="row">
          <Button onClick={() => set(auto)}>Automatic</Button>
          <Button onClick={() => set({ low, high })}>All values</Button>
        </div>
      </div>
    </details>
  );
}

/** Place, value and object under the pointer. */
function Under() {
  const text = useSignal("");
  useSignalEffect(() => {
    const at = current.value;
    const point = pointerAt.value;
    if (!at || !point) {
      text.value = "";
      return;
    }
    const [x, y] = [Math.floor(point.x), Math.floor(point.y)];
    const size = currentItem.value?.info;
    if (!size || x < 0 || y < 0 || x >= size.width || y >= size.height) {
      text.value = "";
      return;
    }
    const timer = setTimeout(async () => {
      const { values, label } = await pixels
        .call("probe", { ...at, x, y })
        .catch(() => ({ values: [], label: 0 }));
      if (pointerAt.peek() !== point) return;
      const shown = values
        .map((value: number) => (Number.isInteger(value) ? value : value.toFixed(3)))
        .join(", ");
      const object = label > 0 ? `, object ${label}` : label < 0 ? ", unknown" : "";
      text.value = `${x}, ${y}: ${shown}${object}`;
    }, 30);
    return () => clearTimeout(timer);
  });
  const hint = tools.find(({ id }) => id === tool.value)?.hint;
  return <output class="under">{text.value || hint}</output>;
}
