import { readFile, stat } from "node:fs/promises";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Normalisation, normalisations } from "@unet/image";
import { type CaffeOptions, UnreadableNetworkError } from "@unet/interchange";
import { saveModel } from "@unet/model";
import { type Command, Option } from "commander";
import { readNetwork } from "../interchange/read-network.js";
import { CommandError } from "../messages/errors.js";
import { assertNewFolder } from "../outputs/assert-folder.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";

interface Options extends CommonOptions {
  out: string;
  prototxt?: string;
  normalisation?: Normalisation;
  classNames?: string[];
  padding?: "valid" | "same";
  variant?: "paper" | "released";
  upsampling?: "transpose" | "nearest" | "bilinear";
}

export function importCommand(): Command {
  return command(
    "import",
    "Make a model of a file of PyTorch (.safetensors, .pth), Caffe (.caffemodel) or ONNX.",
  )
    .argument("<file>", "what another program wrote; nothing in it is executed")
    .requiredOption("--out <folder>", "where the model goes: a new folder")
    .addOption(
      new Option(
        "--normalisation <how>",
        "how images are normalised for it (default: as the file says, else none)",
      ).choices([...normalisations]),
    )
    .option("--prototxt <file>", "Caffe's, to check how a .caffemodel is joined")
    .option("--class-names <names>", "the names of its classes, between commas", (text) => text.split(","))
    .addOption(
      new Option("--padding <kind>", "of its convolutions, where the file doesn't say").choices([
        "valid",
        "same",
      ]),
    )
    .addOption(
      new Option("--variant <name>", "how it joins maps, where the file doesn't say").choices([
        "paper",
        "released",
      ]),
    )
    .addOption(
      new Option("--upsampling <kind>", "how it enlarges maps, where the file doesn't say").choices([
        "transpose",
        "nearest",
        "bilinear",
      ]),
    )
    .action(importFile);
}

async function importFile(file: string, options: Options): Promise<void> {
  const { out, json, verbose, normalisation, classNames } = options;
  await assertNewFolder(out, "--out", [file, options.prototxt]);
  const bytes = await bytesOf(file);
  const prototxt = options.prototxt && new TextDecoder().decode(await bytesOf(options.prototxt));
  await startBackend({ json: true, verbose, backend: "cpu" });
  const given = Object.entries({
    padding: options.padding,
    variant: options.variant,
    upsampling: options.upsampling,
  }).filter(([, value]) => value !== undefined);
  const architecture = Object.fromEntries(given) as CaffeOptions["architecture"];
  const model = await opened(file, bytes, { normalisation, classNames, architecture, prototxt });
  try {
    await saveModel(model, out);
    const parameters = model.countParams();
    const channels = model.inputs[0].shape.at(-1);
    const classes = model.outputs[0].shape.at(-1);
    if (json) console.log(JSON.stringify({ file, out, parameters, channels, classes }));
    else
      console.log(
        `${out}  ${parameters.toLocaleString("en")} parameters, ${channels} to ${classes} channels`,
      );
  } finally {
    model.dispose();
  }
}

async function opened(file: string, bytes: Uint8Array, options: CaffeOptions): Promise<LayersModel> {
  try {
    return await readNetwork(file, bytes, options);
  } catch (cause) {
    if (!(cause instanceof UnreadableNetworkError)) throw cause;
    for (const line of cause.table.slice(0, MAX_LINES)) tell(`  ${line}`);
    if (cause.table.length > MAX_LINES) tell(`  … and ${cause.table.length - MAX_LINES} more`);
    throw new CommandError(`${file}: ${cause.message.replace(/architecture\.(\w+)/g, "--$1")}`);
  }
}

/** Of a table of what did not match, as much as a screen takes. */
const MAX_LINES = 40;

/** The most that is read, bytes: more than any U-Net has, and less than Node refuses. */
const MAX_BYTES = 2 ** 31 - 1;

async function bytesOf(file: string): Promise<Uint8Array> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new CommandError(`there is no ${file}`);
  if (!found.isFile()) throw new CommandError(`${file} is no file; give what another program wrote`);
  if (found.size > MAX_BYTES)
    throw new CommandError(`${file} has ${found.size} bytes, ${MAX_BYTES} at most are read`);
  return readFile(file);
}
