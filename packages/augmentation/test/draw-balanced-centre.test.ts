import { cutTile, drawBalancedCentre, drawCentre } from "@unet/augmentation";
import { IGNORE, type LabelImage } from "@unet/image";
import { expect, test } from "vitest";

/** Class 2 on two pixels, class 5 on one in a hundred, half of the rest ignored. */
const labels: LabelImage = { width: 40, height: 30, data: new Int32Array(1200) };
for (let pixel = 0; pixel < 1200; pixel++) {
  if (pixel % 100 === 7) labels.data[pixel] = 5;
  else if (pixel % 2) labels.data[pixel] = IGNORE;
}
labels.data[610] = 2;
labels.data[844] = 2;
const tiles = 30000;

test("with balance 1 every class is as likely, and every pixel of it; ignored pixels never", () => {
  const counts = new Int32Array(1200);
  for (let index = 0; index < tiles; index++) {
    const [y, x] = drawBalancedCentre(labels, { seed: 3, index, balance: 1 });
    counts[y * 40 + x]++;
  }
  const sizes = new Map([0, 2, 5].map((label) => [label, labels.data.filter((l) => l === label).length]));
  for (let pixel = 0; pixel < 1200; pixel++) {
    const size = sizes.get(labels.data[pixel]);
    const expected = size === undefined ? 0 : tiles / 3 / size;
    expect(Math.abs(counts[pixel] - expected)).toBeLessThanOrEqual(5 * Math.sqrt(expected));
  }
});

test("balance is the share of such tiles; the others are centred as ever", () => {
  let rare = 0;
  for (let index = 0; index < tiles; index++) {
    const [y, x] = drawBalancedCentre(labels, { seed: 3, index, balance: 0.3 });
    const plain = drawCentre(labels, { seed: 3, index });
    if (y !== plain[0] || x !== plain[1]) rare++;
  }
  expect(Math.abs(rare / tiles - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / tiles));
});

test("where all is ignored, and with balance 0, the centre is that of drawCentre", () => {
  const ignored = { ...labels, data: new Int32Array(1200).fill(IGNORE) };
  const plain = drawCentre(labels, { seed: 3, index: 8 });
  expect(drawBalancedCentre(ignored, { seed: 3, index: 8, balance: 1 })).toEqual(plain);
  expect(drawBalancedCentre(labels, { seed: 3, index: 8, balance: 0 })).toEqual(plain);
});

test("cutTile takes it, and refuses what is no share", () => {
  const image = { width: 40, height: 30, channels: 1, data: new Uint8Array(1200) };
  const off = { elastic: false, rotation: false, flips: false, greyValues: false } as const;
  const options = { inputSize: 9, outputSize: 1, seed: 1, ...off };
  for (let index = 0; index < 50; index++) {
    const [y, x] = drawBalancedCentre(labels, { seed: 1, index, balance: 1 });
    const tile = cutTile({ image, labels }, { ...options, index, balance: 1 });
    expect([...tile.labels.data]).toEqual([labels.data[y * 40 + x]]);
  }
  expect(() => cutTile({ image, labels }, { ...options, index: 0, balance: 1.5 })).toThrow(
    "drawBalancedCentre: balance must be a share from 0 to 1, got 1.5",
  );
});
