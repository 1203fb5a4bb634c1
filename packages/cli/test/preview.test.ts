import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drawCentre } from "@unet/augmentation";
import { IGNORE, mirrorIndex, readImage } from "@unet/image";
import { colourLabels } from "@unet/image/picture";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { main } from "../src/main.js";
import { drawTile } from "../src/preview/draw-tile.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-preview-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function preview(...args: string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const network = ["--recipe", "paper", "--depth", "2", "--tile-size", "92"];
  expect(await main(["preview", "--data", "synthetic-cells:3", ...network, ...args])).toBe(0);
  const printed = log.mock.calls.flat().join("\n");
  log.mockRestore();
  return printed;
}

test("makes one picture of as many tiles as asked, and says in 80 columns what it shows", async () => {
  const out = join(folder, "sheet.png");
  const printed = await preview("--out", out, "--tiles", "5");
  expect(printed).toContain("5 tiles of 92² px, of which 52² are labelled");
  const lines = printed.replace(folder, "").split("\n");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  // three columns, two rows
  const sheet = await readImage(out);
  expect([sheet.width, sheet.height, sheet.channels]).toEqual([3 * 92 + 16, 2 * 92 + 8, 3]);
});

test("the seed decides the tiles", async () => {
  const draw = async (name: string, ...args: string[]) => {
    const out = join(folder, `${name}.png`);
    const facts = JSON.parse(await preview("--out", out, "--tiles", "1", "--json", ...args));
    const recipe = { recipe: "paper", scale: 1 };
    expect(facts).toEqual({ out, tiles: 1, ...recipe, inputSize: 92, outputSize: 52, gridStep: 8 });
    return (await readImage(out)).data;
  };
  const [first, again, other] = [await draw("a"), await draw("b"), await draw("c", "--seed", "1")];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(await draw("d", "--no-augmentation")).not.toEqual(first);
});

test("tiles are those of the recipe: its scale, its padding, and a line around interiors inside of rims", async () => {
  const draw = async (...args: string[]) => {
    const out = join(folder, "recipe.png");
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const options = ["--tiles", "1", "--tile-size", "64", "--no-augmentation", "--json", ...args];
    expect(await main(["preview", "--data", "synthetic-cells:1", "--out", out, ...options])).toBe(0);
    const facts = JSON.parse(log.mock.calls.flat().join("\n"));
    log.mockRestore();
    return { facts, picture: await readImage(out) };
  };
  const { facts, picture } = await draw();
  expect(facts).toMatchObject({ recipe: "instances", scale: 1, inputSize: 64, outputSize: 64 });
  const half = await draw("--scale", "0.5");
  expect(half.facts).toMatchObject({ recipe: "instances", scale: 0.5, inputSize: 64, outputSize: 64 });
  expect(half.picture.data).not.toEqual(picture.data);

  // Without rims there are outlines of class 1 alone.
  const colours = ({ data }: typeof picture, label: number) => {
    const wanted = colourLabels({ width: 1, height: 1, data: Int32Array.of(label) }).data;
    let count = 0;
    for (let i = 0; i < data.length; i += 3) if (wanted.every((value, c) => data[i + c] === value)) count++;
    return count;
  };
  const plain = await draw("--classes", "2");
  expect(colours(picture, 2)).toBeGreaterThan(20);
  expect(colours(plain.picture, 1)).toBeGreaterThan(20);
  expect(colours(plain.picture, 2)).toBe(0);
});

test("a tile is drawn as its legend says, pixel by pixel", () => {
  const side = 40;
  const sample = { width: side, height: side };
  const data = new Float32Array(side * side).fill(0.8);
  // left half object, right half background, the lowest rows ignored
  const labelAt = (y: number, x: number) => (y >= 15 ? IGNORE : x < 10 ? 1 : 0);
  const labels = {
    ...{ width: 20, height: 20 },
    data: Int32Array.from({ length: 400 }, (_, i) => labelAt(Math.floor(i / 20), i % 20)),
  };
  const off = { elastic: false, rotation: false, flips: false, greyValues: false } as const;
  const options = { ...off, inputSize: side, outputSize: 20, seed: 3, index: 0 };
  const [top, left] = drawCentre(sample, options).map((middle) => middle - 20);
  const tile = { image: { ...sample, channels: 1, data }, labels };
  const picture = drawTile(tile, sample, options, { low: 0, high: 1, gridStep: 10, thickness: 1 });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [row, column] = [mirrorIndex(top + y, side), mirrorIndex(left + x, side)];
      const inside = y >= 10 && y < 30 && x >= 10 && x < 30;
      const learned = inside && labelAt(y - 10, x - 10) !== IGNORE;
      const outlined = learned && x < 20 && (x === 19 || y === 24);
      const below = outlined ? [...labelColour] : new Array(3).fill(learned ? 204 : 102);
      const colour = [...picture.data.subarray(3 * (y * side + x), 3 * (y * side + x) + 3)];
      const where = `${x}, ${y}`;
      if ([row, column].some((at) => at === 0 || at === side - 1))
        expect(colour, where).toEqual([255, 140, 0]);
      else if (row % 10 === 0 || column % 10 === 0) {
        const blue = [20, 120, 255].map((value, c) => Math.floor(below[c] + 0.55 * (value - below[c])));
        expect(colour, where).toEqual(blue);
      } else expect(colour, where).toEqual(below);
    }
  }
});

/** Of class 1. */
const labelColour = colourLabels({ width: 1, height: 1, data: Int32Array.of(1) }).data;
