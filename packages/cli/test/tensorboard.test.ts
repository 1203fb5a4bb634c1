import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeBackends } from "@unet/backend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captured } from "./run-unet.js";

const available = (await probeBackends()).some(({ name, available }) => name === "tensorflow" && available);

let folder: string;
const { errors } = captured();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-tensorboard-"));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = [
  "--data",
  "synthetic-cells:3",
  "--recipe",
  "paper",
  "--filters",
  "2",
  "--depth",
  "1",
  "--tile-size",
  "48",
];

function train(backend: string, ...args: string[]): Promise<number> {
  return main(["train", "--backend", backend, "--tensorboard", "--json", ...args]);
}

/** The scalars of an event file, `[step, name, value]`: framed records of protocol buffers. */
function scalarsOf(file: Buffer): [step: number, name: string, value: number][] {
  const scalars: [number, string, number][] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const event = fieldsOf(file.subarray(at + 12, at + 12 + length));
    at += 12 + length + 4;
    if (!event.has(5)) continue;
    const value = fieldsOf(fieldsOf(event.get(5) as Buffer).get(1) as Buffer);
    scalars.push([Number(event.get(2) ?? 0), String(value.get(1)), (value.get(2) as Buffer).readFloatLE()]);
  }
  return scalars;
}

/** The last value of each field of a message: a number, or bytes. */
function fieldsOf(message: Buffer): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 0) {
      fields.set(tag >> 3, varint());
      continue;
    }
    const length = kind === 2 ? varint() : kind === 1 ? 8 : 4;
    fields.set(tag >> 3, message.subarray(at, at + length));
    at += length;
  }
  return fields;
}

test.skipIf(!available)(
  `writes what the history holds to event files${available ? "" : " (needs native TensorFlow: pnpm native:tensorflow)"}`,
  async () => {
    const out = join(folder, "run");
    const args = ["--steps", "4", "--checkpoint-every", "2", "--validate-every", "2", "--out", out];
    expect(await train("tensorflow", ...settings, ...args, "--validation", "2")).toBe(0);
    const files = await readdir(join(out, "tensorboard"));
    expect(files).toHaveLength(1);
    expect(files[0]).toContain("events.out.tfevents");
    const scalars = scalarsOf(await readFile(join(out, "tensorboard", files[0])));
    const history = (await readFile(join(out, "history.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const named = (name: string) =>
      scalars.flatMap(([step, other, value]) => (other === name ? [[step, value]] : []));
    const rounded = (field: string) =>
      history.flatMap((entry) => (field in entry ? [[entry.step, Math.fround(entry[field])]] : []));
    expect(named("loss")).toEqual(rounded("loss"));
    expect(named("loss")).toHaveLength(4);
    expect(named("gradient norm")).toEqual(rounded("gradientNorm"));
    expect(named("learning rate")).toEqual(rounded("rate"));
    expect(named("validation/loss").map(([step]) => step)).toEqual([2, 4]);
  },
);

test("says which backend writes event files where another is asked for", async () => {
  const out = join(folder, "other");
  expect(await train("cpu", ...settings, "--steps", "1", "--out", out)).toBe(2);
  expect(errors.join("")).toContain("--tensorboard needs the backend tensorflow");
  expect(await readdir(folder)).not.toContain("other");
});
