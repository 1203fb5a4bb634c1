import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { casesIn } from "./cases.js";

const folder = resolve(process.env.UNET_CASES ?? "../shared/cases");
const given = existsSync(folder);
const scratch = mkdtempSync(join(tmpdir(), "unet-cases-"));

afterAll(() => rmSync(scratch, { recursive: true }));

// `npm run cases` prints what each test leaves in its `meta`.
describe.skipIf(!given)(`the shared cases${given ? "" : " (needs UNET_CASES)"}`, () => {
  for (const { path, right, ours, isRight } of casesIn(folder, scratch)) {
    test(path, async ({ task }) => {
      const came = await ours();
      Object.assign(task.meta, { right, ours: came });
      expect(isRight?.(came) ?? came === right, `right is ${right}, ours ${came}`).toBe(true);
    });
  }
});
