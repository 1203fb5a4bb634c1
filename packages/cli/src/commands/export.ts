import { stat } from "node:fs/promises";
import { writeWhole } from "@unet/image/node";
import { type Command, Option } from "commander";
import { type ExportOptions, type Format, formats } from "../interchange/formats.js";
import { assertOutputs } from "../outputs/assert-outputs.js";
import { foldersIn } from "../predict/networks.js";
import { openRun } from "../run.js";
import { type CommonOptions, command, startBackend } from "../usage/command.js";

interface Options extends CommonOptions, ExportOptions {
  to: Format;
  out: string;
}

export function exportCommand(): Command {
  return command("export", "Write a trained model as a file that other programs run.")
    .argument("<run>", "a network of unet networks, or the folder of a run or of a model")
    .addOption(
      new Option("--to <format>", "what is written").choices(Object.keys(formats)).makeOptionMandatory(),
    )
    .requiredOption("--out <file>", "where to")
    .option("--activation", "ONNX gives probabilities in place of logits")
    .option("--no-fold", "ONNX keeps batch normalisation as nodes of its own")
    .action(exportRun);
}

async function exportRun(run: string, options: Options): Promise<void> {
  const { to, out, json, verbose } = options;
  assertOutputs({ "--out": out }, foldersIn(run));
  await startBackend({ json: true, verbose, backend: "cpu" });
  const model = await openRun(run, { quiet: json });
  try {
    await writeWhole(out, await formats[to](model, options));
  } finally {
    model.dispose();
  }
  const { size } = await stat(out);
  if (json) console.log(JSON.stringify({ run, to, out, bytes: size }));
  else console.log(`${out}  ${(size / 1e6).toPrecision(3)} MB`);
}
