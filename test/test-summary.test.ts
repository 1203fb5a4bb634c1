import { expect, test } from "vitest";
import { describeSkipped, summarise } from "../scripts/test-summary.mjs";

const result = (fullName: string, status: string) => ({ fullName, status });

test("skipped tests are counted by the reason in their names", () => {
  const assertionResults = [
    result("reads the stack (needs UNET_DATA)", "skipped"),
    result("trains on it (needs UNET_DATA)", "pending"),
    result("runs (needs native TensorFlow: pnpm native:tensorflow)", "skipped"),
    result("group (needs UNET_REFERENCE) one of it", "skipped"),
    result("something else", "skipped"),
    result("adds", "passed"),
  ];
  const { passed, failed, skipped } = summarise([{ status: "passed", assertionResults }], true);
  expect([passed, failed]).toEqual([1, 0]);
  expect([...skipped]).toEqual([
    ["needs UNET_DATA", 2],
    ["needs native TensorFlow: pnpm native:tensorflow", 1],
    ["needs UNET_REFERENCE", 1],
    ["without a reason", 1],
  ]);
});

test("the line says how many and why", () => {
  expect(describeSkipped(new Map())).toBe("0 skipped");
  const skipped = new Map([
    ["needs UNET_DATA", 2],
    ["needs Chromium", 1],
  ]);
  expect(describeSkipped(skipped)).toBe("3 skipped: 2 × needs UNET_DATA; 1 × needs Chromium");
});

test("a file that doesn't load and an error outside of any test are failures", () => {
  const passing = { status: "passed", assertionResults: [result("adds", "passed")] };
  const broken = { status: "failed", assertionResults: [] };
  expect(summarise([passing, broken], false)).toMatchObject({ passed: 1, failed: 1 });
  expect(summarise([passing], false)).toMatchObject({ passed: 1, failed: 1 });
  expect(summarise([], false)).toMatchObject({ passed: 0, failed: 1 });
});
