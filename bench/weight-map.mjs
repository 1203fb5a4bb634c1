import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomAt } from "@unet/image";
import { twoNearestDistances, weightMap } from "@unet/loss/weight-map";
import { measureInTurns } from "./measure.mjs";
import { startPython } from "./python.mjs";

export const title =
  "Distances to the two nearest cells, and the weight map, of discs that don't overlap; one thread.\n" +
  "Peers: one edt is a single distance transform, of all cells together; per cell is the usual recipe.";

/** What the recipes take grows with cells × pixels: beyond this they aren't waited for. */
const mostCellPixels = { "per cell, scipy": 1100 * 512 ** 2, "per cell, edt": 1100 * 512 ** 2 };
const recipes = Object.keys(mostCellPixels);

export async function* measure() {
  const python = await startPython("weight_map.py", "numpy scipy edt");
  const folder = mkdtempSync(join(tmpdir(), "unet-bench-"));
  try {
    for (const size of [512, 2048]) {
      for (const count of [2, 10, 100, 1000, 5000]) {
        const labels = discs(size, count);
        const path = join(folder, `${size}-${count}`);
        writeFileSync(path, labels.data);
        const time = (task) => () => python.time(task, path, size, size);
        const quick = await measureInTurns(
          {
            ours: () => void twoNearestDistances(labels),
            weightMap: () => void weightMap(labels),
            ...(python && { "one edt": time("one edt") }),
          },
          { seconds: 4, least: 9 },
        );
        const peers = python ? { "one edt": quick.medians["one edt"] } : {};
        for (const recipe of python ? recipes : []) {
          if (count * size ** 2 > mostCellPixels[recipe]) continue;
          const few = count * size ** 2 > 50 * 512 ** 2;
          const slow = await measureInTurns({ [recipe]: time(recipe) }, { seconds: 1, least: few ? 1 : 3 });
          peers[recipe] = slow.medians[recipe];
        }
        const name = `${size}², ${count} cells`;
        const { ours, weightMap: map } = quick.medians;
        const { "one edt": _, ...perCell } = peers;
        yield { case: name, unit: "ms", ours, peers, runs: quick.runs };
        yield { case: `${name}: weight map`, unit: "ms", ours: map, peers: perCell, runs: quick.runs };
      }
    }
  } finally {
    python?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** `count` discs of one size at random places, a pixel apart at least, together 3/10 of the image. */
function discs(size, count) {
  const random = randomAt(1, "discs", count);
  const radius = Math.sqrt((0.3 * size ** 2) / (count * Math.PI));
  const side = 2 * radius + 2;
  const across = Math.ceil(size / side);
  const placed = new Map();
  const data = new Int32Array(size ** 2);
  const near = (y, x) =>
    [-1, 0, 1].flatMap((dy) =>
      [-1, 0, 1].flatMap((dx) => placed.get((y + dy) * (across + 2) + x + dx) ?? []),
    );
  for (let label = 1; label <= count; ) {
    const y = radius + random() * (size - 1 - 2 * radius);
    const x = radius + random() * (size - 1 - 2 * radius);
    const [row, column] = [1 + Math.floor(y / side), 1 + Math.floor(x / side)];
    if (near(row, column).some((other) => Math.hypot(other.y - y, other.x - x) < side)) continue;
    const box = row * (across + 2) + column;
    placed.set(box, [...(placed.get(box) ?? []), { y, x }]);
    for (let v = Math.ceil(y - radius); v <= y + radius; v++) {
      for (let u = Math.ceil(x - radius); u <= x + radius; u++) {
        if (Math.hypot(v - y, u - x) <= radius) data[v * size + u] = label;
      }
    }
    label++;
  }
  return { width: size, height: size, data };
}
