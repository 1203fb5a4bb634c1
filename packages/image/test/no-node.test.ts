import { expect, test } from "vitest";
import * as standIn from "../src/no-node.js";
import * as node from "../src/node.js";

test("what stands for @unet/image/node in browsers has all its names", () => {
  expect(Object.keys(standIn).sort()).toEqual(Object.keys(node).sort());
});

test("and says that Node is needed, whatever is called", () => {
  const { fs, writeWhole } = standIn as unknown as typeof node;
  expect(() => fs.readFile("x")).toThrow(
    new TypeError("fs.readFile of @unet/image/node needs Node; this is a build for the browser"),
  );
  expect(() => writeWhole("x", new Uint8Array())).toThrow("writeWhole of @unet/image/node needs Node");
});
