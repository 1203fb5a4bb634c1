import { modelGeometry } from "@unet/inference";
import type { Command } from "commander";
import { openRun } from "../run.js";
import { type CommonOptions, command, startBackend } from "../usage/command.js";

export function inspectCommand(): Command {
  return command("inspect", "Say what a trained model is: its task, architecture, sizes, training.")
    .argument("<run>", "a network of unet networks, or the folder of a run or of a model")
    .action(inspect);
}

async function inspect(run: string, { json, verbose }: CommonOptions): Promise<void> {
  await startBackend({ json: true, verbose, backend: "cpu" });
  const model = await openRun(run, { quiet: json });
  const { architecture, normalisation, classNames, training, task } = (model.getUserDefinedMetadata() ??
    {}) as Record<string, unknown>;
  const { margin, multiple, padding, inputSize } = modelGeometry(model);
  const facts = {
    parameters: model.countParams(),
    inputChannels: model.inputs[0].shape.at(-1),
    classes: model.outputs[0].shape.at(-1),
    classNames,
    normalisation,
    task,
    geometry: { padding, margin, multiple, inputFor388: inputSize(388) },
    architecture,
    training,
  };
  model.dispose();
  if (json) {
    console.log(JSON.stringify(facts));
    return;
  }
  for (const [name, value] of Object.entries(facts)) printFact(name, value);
}

/** Prints a value, and an object's fields below it. */
function printFact(name: string, value: unknown, indent = ""): void {
  if (value === undefined || value === null) return;
  if (typeof value === "object" && !Array.isArray(value)) {
    console.log(`${indent}${name}`);
    for (const [field, inner] of Object.entries(value)) printFact(field, inner, `${indent}  `);
    return;
  }
  const text = Array.isArray(value)
    ? value.join(", ")
    : typeof value === "number"
      ? format(value)
      : String(value);
  console.log(`${indent}${name.padEnd(22 - indent.length)}${text}`);
}

function format(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(5)));
}
