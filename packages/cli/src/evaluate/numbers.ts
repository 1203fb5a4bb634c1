import type { Image, ImageFile, Raster, Sample } from "@unet/image";
import { UsageError } from "../messages/errors.js";
import type { Pages } from "./pages.js";

/** What the numbers of a prediction are taken for. */
export const readings = ["labels", "probabilities"] as const;

/** One of {@link readings}. */
export type Reading = (typeof readings)[number];

/**
 * What the numbers of a prediction are, and how that is known: what its files say, else integers are labels, floats
 * from 0 to 1 probabilities, and whole floats labels where the truth is of instances.
 *
 * @throws UsageError for all other floats, naming the file, the value and its place
 */
export async function readingOf(
  pages: Pages,
  order: number[],
  kind: Sample["kind"],
): Promise<{ as: Reading; because: string }> {
  const first = await pages.with(order[0], (file, page) => evidence(file, page));
  if (first !== "floats") {
    return first === "integers"
      ? { as: "labels", because: "integers are; --as probabilities takes them as such" }
      : { as: first, because: "the file says so" };
  }
  let fraction: string | undefined;
  let beyond: string | undefined;
  for (const index of order) {
    await pages.with(index, async (file, page) => {
      const { data, width, channels } = await file.raster(page);
      for (let i = 0; i < data.length && !(fraction && beyond); i++) {
        const pixel = Math.floor(i / channels);
        const place = () =>
          `${file.name} holds ${data[i]} at x = ${pixel % width}, y = ${Math.floor(pixel / width)}`;
        if (!(data[i] >= 0 && data[i] <= 1)) beyond ??= place();
        if (!Number.isInteger(data[i])) fraction ??= place();
      }
    });
    if (fraction && beyond) break;
  }
  if (!beyond)
    return { as: "probabilities", because: "floats from 0 to 1 are; --as labels takes whole ones as such" };
  if (kind === "instances" && !fraction) {
    return { as: "labels", because: "whole floats beyond 1 are, where the truth is of instances" };
  }
  throw new UsageError(
    kind === "instances"
      ? `${fraction}, which is no label, and ${beyond}, which is no probability (0 … 1)`
      : `${beyond}, which is no probability (0 … 1); --as labels takes whole floats as labels`,
  );
}

/** @throws UsageError where a page doesn't hold what was found of the first */
export async function assertSame(file: ImageFile, page: number, reading: Reading): Promise<void> {
  const found = await evidence(file, page);
  if (found === reading || found === "floats" || (found === "integers" && reading === "labels")) return;
  throw new UsageError(`${file.name} holds ${found}, but the first image ${reading}; say which by --as`);
}

async function evidence(file: ImageFile, page: number): Promise<Reading | "integers" | "floats"> {
  if (file.holds) return file.holds;
  const { data } = await file.raster(page);
  return data instanceof Float32Array || data instanceof Float64Array ? "floats" : "integers";
}

/** Probabilities, 0 … 1: floats as they are, integers as parts of the largest of their type. */
export async function probabilityIn(file: ImageFile, page: number): Promise<Image<Float32Array>> {
  const { width, height, channels, data, bits } = await file.raster(page);
  if (channels !== 1) {
    throw new UsageError(
      `${file.name} has ${channels} channels; give one channel of probabilities or labels`,
    );
  }
  const largest = largestOf(data, bits);
  if (largest === undefined) {
    throw new UsageError(
      `${file.name} holds integers of ${bits} bits${bits < 32 ? " with a sign" : ""}; probabilities are floats, or have 8 or 16 bits without one`,
    );
  }
  const values = Float32Array.from(data, (value) => value / largest);
  const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong < 0) return { width, height, channels, data: values };
  throw new UsageError(
    `${file.name} holds ${data[wrong]} at x = ${wrong % width}, y = ${Math.floor(wrong / width)}, which is no probability (0 … 1)`,
  );
}

function largestOf(data: Raster["data"], bits: number): number | undefined {
  if (data instanceof Float32Array || data instanceof Float64Array) return 1;
  return data instanceof Uint8Array || data instanceof Uint16Array ? 2 ** bits - 1 : undefined;
}
