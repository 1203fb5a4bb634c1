import { Command } from "commander";
import { expect, test } from "vitest";
import { withNewFlags } from "../src/usage/old-flags.js";
import { addPlaneOptions, planesOf } from "../src/usage/plane-options.js";

const parse = (...args: string[]) => {
  const command = addPlaneOptions(new Command("test"));
  command.exitOverride().configureOutput({ writeErr: () => {} });
  return planesOf(command.parse(args, { from: "user" }).opts());
};

test("planes are a number, a range, or both; what isn't given is absent", () => {
  expect(parse()).toEqual({});
  expect(parse("--channel", "1", "--z", "0-3", "--t", "5,2-3")).toEqual({
    ...{ channel: [1], z: [0, 1, 2, 3], t: [5, 2, 3] },
  });
  expect(parse("--channels", "grey")).toEqual({ channels: "grey" });
});

test.each([
  [["--z", "-1"], /--z.*0-4/],
  [["--z", "4-1"], /4-1 runs backwards/],
  [["--t", "1.5"], /--t.*a number or a range/],
  [["--channel", ""], /--channel.*a number or a range/],
  [["--z", "0-99999999999"], /too many/],
  [["--z", "0-700000,800000-1500000"], /800000-1500000 has too many/],
  [["--channels", "red"], /--channels.*grey/],
])("%s is refused", (args, message) => {
  expect(() => parse(...args)).toThrow(message);
});

test("flags of the release before are understood, and their new names told", () => {
  const told: string[] = [];
  const args = ["train", "--tile", "48", "--rate=0.1", "--clip", "1", "--tiles", "4", "tile"];
  expect(withNewFlags(args, (line) => told.push(line))).toEqual([
    ...["train", "--tile-size", "48", "--learning-rate=0.1", "--clip-norm", "1", "--tiles", "4", "tile"],
  ]);
  expect(told).toEqual(
    [
      ["--tile", "--tile-size"],
      ["--rate", "--learning-rate"],
      ["--clip", "--clip-norm"],
    ].map(([old, now]) => `${old} is called ${now} now; the next release will not know the old name`),
  );
});
