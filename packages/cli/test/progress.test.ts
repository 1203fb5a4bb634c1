import { afterEach, expect, test, vi } from "vitest";
import { Progress } from "../src/messages/progress.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("of a resumed run the time left is by the pace since then, and not said before there is one", () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    if (String(text).trim()) lines.push(String(text));
    return true;
  });
  const bar = new Progress("training", 60, "loss …", 30);
  vi.advanceTimersByTime(4000);
  bar.update(40, "loss 0.5");
  bar.stop();
  expect(lines[0]).toMatch(/^training {2,}■* *30\/60 {2}loss …\s*$/);
  // 10 steps in 4 s; 20 are left
  expect(lines.at(-1)).toMatch(/40\/60 {2}loss 0\.5 {3}8s left\s*$/);
});
