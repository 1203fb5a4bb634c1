import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { backendsCommand } from "./commands/backends.js";
import { checkCommand } from "./commands/check.js";
import { demoCommand } from "./commands/demo.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { inspectCommand } from "./commands/inspect.js";
import { predictCommand } from "./commands/predict.js";
import { previewCommand } from "./commands/preview.js";
import { synthCommand } from "./commands/synth.js";
import { trainCommand } from "./commands/train.js";
import { weightsCommand } from "./commands/weights.js";
import { exitCodeOf, oneLine } from "./errors.js";

/**
 * The `unet` command. Results go to standard output, progress to standard error.
 *
 * @param args what follows the command's name
 * @returns the exit code: 0 success, 1 failure, 2 wrong usage, 130, 143, 129 interrupted by SIGINT, SIGTERM, SIGHUP
 */
export async function main(args: string[]): Promise<number> {
  const program = new Command("unet")
    .description("The U-Net of Ronneberger, Fischer and Brox (2015): train, predict, evaluate.")
    .version(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);
  const commands = [
    trainCommand(),
    predictCommand(),
    evaluateCommand(),
    checkCommand(),
    synthCommand(),
    previewCommand(),
    weightsCommand(),
    inspectCommand(),
    backendsCommand(),
    demoCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands])
    command.exitOverride().showHelpAfterError("(--help shows what it takes)");
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`unet: ${oneLine(error)}\n`);
    if (args.includes("--verbose") && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return exitCodeOf(error);
  }
}
