import { describe, expect, it } from "vitest";
import { openDataset, reopenDataset, subset } from "../src/index.js";

describe("openDataset", () => {
  it("makes synthetic images", async () => {
    const cells = await openDataset("synthetic-cells:3", { seed: 2, width: 40, height: 30 });
    expect(cells.length).toBe(3);
    expect((await cells.get(2)).image).toMatchObject({ width: 40, height: 30 });
    expect((await (await openDataset("synthetic-membranes:1")).get(0)).kind).toBe("classes");
  });

  it("says how to open the same samples again", async () => {
    const dataset = await openDataset("synthetic-cells:5", { seed: 2, width: 40, height: 30 });
    const chosen = subset(subset(dataset, [4, 2, 1]), [2, 0]);
    expect(chosen.source?.indices).toEqual([1, 4]);
    const again = await reopenDataset(JSON.parse(JSON.stringify(chosen.source)));
    expect(again.length).toBe(2);
    expect(await again.get(0)).toEqual(await chosen.get(0));
    expect(await again.get(1)).toEqual(await dataset.get(4));
  });

  it.each([
    [
      "isbi2013:data",
      'openDataset: "isbi2013:data" names no data; write isbi2012:DIR, ctc:DIR:SEQUENCE, folder:DIR',
    ],
    ["data", 'openDataset: "data" names no data'],
    ["synthetic-cells:many", '"synthetic-cells:many" needs a number of images of at least 1'],
    ["ctc:data", '"ctc:data" lacks the sequence: write ctc:data:01'],
    ["isbi2012:no/such/folder", "Can't read the folder no/such/folder: there is no such folder"],
    ["ctc:C:\\no\\such:01", "Can't read the folder C:\\no\\such: there is no such folder"],
  ])("refuses %s with a line", async (spec, message) => {
    await expect(openDataset(spec)).rejects.toThrow(message);
    await expect(openDataset(spec)).rejects.toThrow(/^.*$/);
  });
});
