import { basename, extname, join, resolve } from "node:path";
import { UsageError } from "./errors.js";
import { isZarr } from "./inputs.js";

/**
 * Where each input's result goes, which is written `as` this; never onto an input, and never two to one place.
 *
 * @throws UsageError where `out` does not suit so many inputs, or what is written
 */
export function targetsOf(inputs: string[], out: string, as: string): Array<[string, string]> {
  const targets = inputs.map((input): [string, string] => {
    if (inputs.length === 1) return [input, out];
    const extension = isZarr(input) && as === "probabilities" ? ".zarr" : ".tif";
    return [input, join(out, `${basename(input, extname(input))}${extension}`)];
  });
  if (inputs.length > 1 && extname(out)) {
    throw new UsageError(`--out must be a folder for ${inputs.length} inputs, got ${out}`);
  }
  for (const [input, target] of targets) {
    if (![".tif", ".tiff", ".png", ".zarr"].includes(extname(target).toLowerCase())) {
      throw new UsageError(`--out must end in .tif, .tiff, .png or .zarr for one input, got ${out}`);
    }
    if (extname(target) === ".zarr" && as !== "probabilities") {
      throw new UsageError(`--out can be a .zarr for probabilities only; write ${as} as .tif`);
    }
    if (resolve(input) === resolve(target)) throw new UsageError(`--out would replace the input ${input}`);
  }
  const twice = targets.find(([, target], i) => targets.findIndex((other) => other[1] === target) !== i);
  if (twice) throw new UsageError(`two inputs would both be written to ${twice[1]}; predict them one by one`);
  return targets;
}
