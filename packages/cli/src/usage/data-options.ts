import type { CellTrackingOptions, ColourTable, FolderOptions } from "@unet/datasets";
import { type Command, InvalidArgumentError, Option } from "commander";
import { wholeNumber } from "./options.js";
import { addPlaneOptions, type PlaneOptions } from "./plane-options.js";

/** How annotated images are read, the same for every command that reads them. */
export interface DataOptions
  extends PlaneOptions,
    Pick<FolderOptions, "kind" | "images" | "masks" | "maskSuffix" | "colours">,
    Pick<CellTrackingOptions, "truth" | "border"> {
  ignore?: number[];
}

/** The names of all {@link DataOptions}. */
export const dataOptionNames = [
  ...(["kind", "images", "masks", "maskSuffix", "colours", "ignore"] as const),
  ...(["truth", "border", "channel", "z", "t", "channels", "maxPixels"] as const),
] satisfies Array<keyof DataOptions>;

/** Adds the options that say how annotated images are read, and to the help what a folder of them looks like. */
export function addDataOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        "--kind <kind>",
        "what the masks of a folder hold (default: classes; objects in a file each: instances)",
      ).choices(["classes", "instances"]),
    )
    .option(
      "--colours <table>",
      "what colours or values of masks mean, e.g. '#000000=0,#ff0000=1' or 0=0,128=1,255=ignore",
      colourTable,
    )
    .option("--ignore <values>", "values of masks where nobody annotated, e.g. 255", values)
    .option("--mask-suffix <text>", "what a mask's name has after its image's, e.g. _mask")
    .option("--images <name>", "the folder of the images (default: images)")
    .option("--masks <name>", "the folder of the masks (default: masks or labels)")
    .addOption(new Option("--truth <kind>", "of a ctc sequence").choices(["gold", "silver", "both"]))
    .option("--border <px>", "of a ctc sequence: the band whose cells aren't annotated", wholeNumber(0));
  return addPlaneOptions(command).addHelpText("after", folderHelp);
}

const folderHelp = `
A folder (folder:DIR) has its images in DIR/images, as PNG, TIFF or JPEG, and
their masks in DIR/masks or DIR/labels, as PNG or TIFF of the same names:
  images/a.tif  masks/a.png    integers: the class of each pixel, or with
                               --kind instances the number of its object
or a mask for each object, the folder named like its image:
  n1/images/n1.png  n1/masks/*.png
Either may lie deeper. Each page of a stack is a sample, with its page of the
mask. What has no partner is left out, and said.`;

/** Those of the options that were given. */
export function dataOptionsOf(options: DataOptions): DataOptions {
  return Object.fromEntries(
    dataOptionNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/** A table such as `#000000=0,#ff0000=1,#808080=ignore`. */
function colourTable(text: string): ColourTable {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [, key, label] = /^\s*(#[0-9a-f]{6}|\d+)\s*=\s*(\d+|-1|ignore)\s*$/i.exec(part) ?? [];
      if (key === undefined) {
        throw new InvalidArgumentError(
          `"${part.trim()}" is not like #ff0000=1, 255=1 or 255=ignore, and commas stand between them.`,
        );
      }
      return [key.toLowerCase(), label === "ignore" ? -1 : Number(label)];
    }),
  );
}

function values(text: string): number[] {
  return text.split(",").map((part) => {
    if (!/^\s*-?\d+\s*$/.test(part))
      throw new InvalidArgumentError("It must be values such as 255 or 254,255.");
    return Number(part);
  });
}
