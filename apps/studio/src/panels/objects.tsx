import { useSignalEffect } from "@preact/signals";
import type { InstanceMeasures } from "@unet/inference/instances";
import { Combine, PaintBucket, Trash2 } from "lucide-preact";
import { useMemo, useState } from "preact/hooks";
import { Bars } from "../components/bars.js";
import { Button } from "../components/controls.js";
import { cssColourOf } from "../labels/render-labels.js";
import { edit, fillSelected, mergeSelected, removeSelected, select } from "../state/editing.js";
import { refreshTable } from "../state/images.js";
import { current, labelInfo, labelVersion, notify, selected, table } from "../state/store.js";
import { lookAt } from "../viewer/view.js";

interface Column {
  name: string;
  unit?: string;
  of: (row: InstanceMeasures) => number | undefined;
  digits: number;
}

const columns: Column[] = [
  { name: "No.", of: ({ label }) => label, digits: 0 },
  { name: "Area", unit: "px", of: ({ area }) => area, digits: 0 },
  { name: "Ø", unit: "px", of: ({ equivalentDiameter }) => equivalentDiameter, digits: 1 },
  { name: "Grey", of: ({ intensity }) => intensity?.[0]?.mean, digits: 1 },
  { name: "Score", of: ({ meanScore }) => meanScore, digits: 2 },
];

const ROW = 28;

/** The objects of the plane in view: what can be done with those selected, their table, how large they are. */
export function Objects() {
  useSignalEffect(() => {
    labelVersion.value;
    if (!current.value) return;
    const timer = setTimeout(
      () => refreshTable().catch((error: Error) => notify(error.message, "error")),
      250,
    );
    return () => clearTimeout(timer);
  });
  const info = labelInfo.value;
  if (!current.value || !info) return <p class="hint">Open an image first.</p>;
  return (
    <>
      <section>
        <h2>
          {info.objects.toLocaleString("en")} object{info.objects === 1 ? "" : "s"}
        </h2>
        <Selection />
      </section>
      {info.objects > 0 && <Sizes />}
      {info.objects > 0 && <Rows />}
      <section>
        <h2>Not annotated</h2>
        <p class="hint">
          Unknown pixels count for nothing in training. Annotate a few cells, then say that all else is
          unknown.
        </p>
        <div class="row">
          <Button onClick={() => edit({ type: "background", becomes: "unknown" })}>
            Background is unknown
          </Button>
          <Button disabled={!info.unknown} onClick={() => edit({ type: "background", becomes: "known" })}>
            Is background
          </Button>
        </div>
      </section>
    </>
  );
}

function Selection() {
  const count = selected.value.length;
  return (
    <>
      <p class="hint" aria-live="polite">
        {count === 0
          ? "Click an object to select it; Shift adds others, and draws a box."
          : `${count} selected${count === 1 ? `: number ${selected.value[0]}` : ""}`}
      </p>
      <div class="row">
        <Button icon={Trash2} disabled={count === 0} onClick={removeSelected}>
          Delete
        </Button>
        <Button icon={Combine} disabled={count < 2} onClick={mergeSelected}>
          Merge
        </Button>
        <Button icon={PaintBucket} disabled={count === 0} onClick={fillSelected}>
          Fill holes
        </Button>
      </div>
    </>
  );
}

/** How areas are spread, and selecting by size. */
function Sizes() {
  const [limit, setLimit] = useState(50);
  const rows = table.value;
  const { counts, high } = useMemo(() => spread(rows ?? []), [rows]);
  if (!rows) return null;
  const below = rows.filter(({ area }) => area < limit);
  return (
    <section>
      <h2>Areas</h2>
      <Bars
        counts={counts}
        low={0}
        high={high}
        label={`Areas of ${rows.length} objects, from ${rows.reduce((least, { area }) => Math.min(least, area), Infinity)} to ${rows.reduce((most, { area }) => Math.max(most, area), 0)} px`}
        marks={limit <= high ? [limit] : []}
      />
      <div class="row">
        <label class="inline">
          Below
          <input
            type="number"
            min={1}
            value={limit}
            onInput={(event) => setLimit(event.currentTarget.valueAsNumber || 0)}
          />
          px
        </label>
        <Button
          disabled={below.length === 0}
          onClick={() => {
            selected.value = below.map(({ label }) => label);
          }}
        >
          Select {below.length}
        </Button>
      </div>
    </section>
  );
}

function spread(rows: readonly InstanceMeasures[]): { counts: number[]; high: number } {
  const most = rows.reduce((largest, { area }) => Math.max(largest, area), 1);
  const counts = new Array<number>(24).fill(0);
  const high = most * 1.02;
  for (const { area } of rows) counts[Math.floor((area / high) * counts.length)]++;
  return { counts, high };
}

/** The table; only the rows that are seen are there. */
function Rows() {
  const [sort, setSort] = useState({ column: 0, down: false });
  const [top, setTop] = useState(0);
  const rows = table.value;
  const sorted = useMemo(() => {
    const { of } = columns[sort.column];
    const sign = sort.down ? -1 : 1;
    return [...(rows ?? [])].sort((a, b) => sign * ((of(a) ?? 0) - (of(b) ?? 0)));
  }, [rows, sort]);
  const first = Math.max(0, Math.floor(top / ROW) - 4);
  const shown = sorted.slice(first, first + 24);
  const chosen = new Set(selected.value);
  const used = columns.filter(({ of }) => sorted.length === 0 || of(sorted[0]) !== undefined);
  return (
    <section>
      <h2>Table</h2>
      <div class="table" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <table aria-rowcount={sorted.length + 1}>
          <thead>
            <tr>
              {used.map(({ name, unit }) => {
                const column = columns.findIndex((each) => each.name === name);
                const active = sort.column === column;
                return (
                  <th
                    key={name}
                    scope="col"
                    aria-sort={active ? (sort.down ? "descending" : "ascending") : "none"}
                  >
                    <button type="button" onClick={() => setSort({ column, down: active && !sort.down })}>
                      {name}
                      {unit && <small> {unit}</small>}
                      <span aria-hidden="true">{active ? (sort.down ? " ↓" : " ↑") : ""}</span>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr style={{ height: first * ROW }} />}
            {shown.map((row, index) => (
              <tr
                key={row.label}
                aria-rowindex={first + index + 2}
                aria-selected={chosen.has(row.label)}
                class={chosen.has(row.label) ? "chosen" : ""}
              >
                {used.map(({ name, of, digits }, column) => (
                  <td key={name}>
                    {column === 0 ? (
                      <button
                        type="button"
                        onClick={(event) => choose(row, event.shiftKey)}
                        aria-label={`Object ${row.label}`}
                      >
                        <i style={{ background: cssColourOf(row.label) }} />
                        {row.label}
                      </button>
                    ) : (
                      of(row)?.toLocaleString("en", {
                        minimumFractionDigits: digits,
                        maximumFractionDigits: digits,
                      })
                    )}
                  </td>
                ))}
              </tr>
            ))}
            {first + shown.length < sorted.length && (
              <tr style={{ height: (sorted.length - first - shown.length) * ROW }} />
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function choose({ label, boundingBox }: InstanceMeasures, add: boolean): void {
  select(label, add);
  lookAt(boundingBox);
}
