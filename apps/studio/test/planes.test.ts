import { describe, expect, test } from "vitest";
import { Plane } from "../src/images/plane.js";

const ramp = { width: 4, height: 4, channels: 1, data: Uint16Array.from({ length: 16 }, (_, i) => 100 * i) };

describe("a plane", () => {
  test("is shown between the levels that are chosen, clipped beyond", () => {
    const plane = new Plane(ramp);
    const out = plane.render(0, { level: 0, x: 0, y: 0, width: 4, height: 4 }, { low: 300, high: 1300 });
    const grey = (i: number) => out[4 * i];
    expect([grey(0), grey(3), grey(8), grey(13), grey(15)]).toEqual([0, 0, 128, 255, 255]);
    expect(out[3]).toBe(255);
  });

  test("is halved by the mean of four, an odd side rounded up", () => {
    const plane = new Plane({
      width: 3,
      height: 2,
      channels: 1,
      data: Uint8Array.of(0, 40, 100, 80, 120, 200),
    });
    const out = plane.render(0, { level: 1, x: 0, y: 0, width: 2, height: 1 }, { low: 0, high: 255 });
    expect([out[0], out[4]]).toEqual([60, 150]);
  });

  test("tells how its values are spread", () => {
    const { low, high, counts, auto } = new Plane(ramp).histogram(0);
    expect([low, high]).toEqual([0, 1500]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(16);
    expect(auto.low).toBe(0);
    expect(auto.high).toBe(1500);
    const even = new Plane({ width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 7) }).histogram(0);
    expect(even.auto).toEqual({ low: 7, high: 8 });
  });

  test("shows one of several channels, or colours", () => {
    const colours = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const part = { level: 0, x: 0, y: 0, width: 2, height: 1 };
    const plane = new Plane(colours);
    expect([...plane.render("colour", part, { low: 0, high: 255 })]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
    expect([...plane.render(2, part, { low: 0, high: 255 })]).toEqual([3, 3, 3, 255, 6, 6, 6, 255]);
    expect(() => new Plane(ramp).render("colour", part, { low: 0, high: 1 })).toThrow("no colours");
  });

  test("has a thumbnail no larger than asked for", () => {
    const { width, height, data } = new Plane(ramp).thumbnail(0, 2);
    expect([width, height, data.length]).toEqual([2, 2, 16]);
  });
});
