import { chosenAlong } from "@unet/image";
import { expect, test } from "vitest";

test("a choice names numbers along an axis; none is all", () => {
  expect(chosenAlong("z", {}, 3, "a.tif")).toEqual([0, 1, 2]);
  expect(chosenAlong("z", { channel: 1 }, 2, "a.tif")).toEqual([0, 1]);
  expect(chosenAlong("channel", { channel: 1 }, 2, "a.tif")).toEqual([1]);
  expect(chosenAlong("t", { t: [2, 0] }, 3, "a.tif")).toEqual([2, 0]);
});

test.each([
  [{ z: 3 }, "a.tif: its z goes from 0 to 2; 3 was asked for"],
  [{ z: [0, -1] }, "a.tif: its z goes from 0 to 2; -1 was asked for"],
  [{ z: 0.5 }, "a.tif: its z goes from 0 to 2; 0.5 was asked for"],
  [{ z: [1, 1] }, "a.tif: z 1 is named twice"],
  [{ z: [] }, "a.tif: z names no plane; leave it out for all"],
])("%j of three planes is refused", (choice, message) => {
  expect(() => chosenAlong("z", choice, 3, "a.tif")).toThrow(new RangeError(message));
});

test("of one plane there is one number", () => {
  expect(() => chosenAlong("t", { t: 1 }, 1, "a.png")).toThrow("a.png: its t is 0 only; 1 was asked for");
});
