import { type Image, toChannels } from "@unet/image";
import { expect, test } from "vitest";

const rgb = (...data: number[]): Image => ({
  width: data.length / 3,
  height: 1,
  channels: 3,
  data: Uint8Array.from(data),
});

test("three equal channels are one, one is three equal ones, and that is said", () => {
  const notices: string[] = [];
  const onNotice = (line: string) => notices.push(line);
  const colour = rgb(7, 7, 7, 200, 200, 200);
  const grey = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 200) };
  expect(toChannels(colour, 1, { onNotice, name: "a.png" })).toEqual(grey);
  expect(toChannels(grey, 3, { onNotice })).toEqual(colour);
  expect(notices).toEqual([
    "a.png has three equal channels; they are taken as one",
    "the image is grey; its channel is taken three times, as the model takes colours",
  ]);
  expect(toChannels(grey, 1, { onNotice })).toBe(grey);
  expect(notices).toHaveLength(2);
});

test("colours become grey where it is asked for, by BT.601; floats are not rounded", () => {
  const colour = rgb(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
  expect([...toChannels(colour, 1, { channels: "grey" }).data]).toEqual([76, 150, 29, 255]);
  const float = { ...rgb(), width: 1, data: Float32Array.of(1, 0.5, 0) };
  expect(toChannels(float, 1, { channels: "grey" }).data[0]).toBeCloseTo(0.299 + 0.2935, 6);
});

test("what would change the picture is refused", () => {
  expect(() => toChannels(rgb(7, 7, 7, 7, 8, 7), 1, { name: "a.png" })).toThrow(
    new RangeError(
      'a.png has 3 channels, but the model takes 1, and they differ at x 1, y 0; channels "grey" takes colours as grey',
    ),
  );
  expect(() => toChannels(rgb(7, 7, 7), 2)).toThrow("has 3 channels, but the model takes 2");
  const two = { width: 1, height: 1, channels: 2, data: Uint8Array.of(1, 1) };
  expect(() => toChannels(two, 1, { channels: "grey" })).toThrow("has 2 channels, but the model takes 1");
});
