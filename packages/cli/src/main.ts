import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { backendsCommand } from "./commands/backends.js";
import { calibrateCommand } from "./commands/calibrate.js";
import { checkCommand } from "./commands/check.js";
import { demoCommand } from "./commands/demo.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { exportCommand } from "./commands/export.js";
import { importCommand } from "./commands/import.js";
import { inspectCommand } from "./commands/inspect.js";
import { networksCommand } from "./commands/networks.js";
import { predictCommand } from "./commands/predict.js";
import { previewCommand } from "./commands/preview.js";
import { recipesCommand } from "./commands/recipes.js";
import { synthCommand } from "./commands/synth.js";
import { trackCommand } from "./commands/track.js";
import { trainCommand } from "./commands/train.js";
import { weightsCommand } from "./commands/weights.js";
import { CommandError, exitCodeOf } from "./messages/errors.js";
import { inWords } from "./messages/in-words.js";
import { WIDTH, wrap } from "./messages/wrap.js";
import { tell } from "./usage/command.js";
import { examplesText } from "./usage/examples.js";
import { withNewFlags } from "./usage/old-flags.js";

/**
 * The `unet` command. Results go to standard output, progress to standard error.
 *
 * @param given what follows the command's name
 * @returns the exit code: 0 success, 1 failure, 2 wrong usage, 130, 143, 129 interrupted by SIGINT, SIGTERM, SIGHUP
 */
export async function main(given: string[]): Promise<number> {
  const args = withNewFlags(given, tell);
  const program = new Command("unet")
    .description("The U-Net of Ronneberger, Fischer and Brox (2015): train, predict, evaluate.")
    .version(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);
  const commands = [
    trainCommand(),
    recipesCommand(),
    networksCommand(),
    calibrateCommand(),
    predictCommand(),
    trackCommand(),
    evaluateCommand(),
    checkCommand(),
    synthCommand(),
    previewCommand(),
    weightsCommand(),
    inspectCommand(),
    exportCommand(),
    importCommand(),
    backendsCommand(),
    demoCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  let running = program;
  for (const each of [program, ...commands]) {
    each
      .exitOverride()
      .showHelpAfterError("(--help shows what it takes)")
      // Commands with long arguments leave their texts less room than is wrapped by default.
      .configureHelp({ helpWidth: Math.max(WIDTH, process.stdout.columns ?? 0), minWidthToWrap: 24 })
      .configureOutput({ outputError: (text, write) => write(`${wrap(text.trim(), WIDTH, 2).join("\n")}\n`) })
      .addHelpText("after", examplesText(each.name()))
      .hook("preAction", (_, action) => {
        running = action;
      });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${wrap(`unet: ${inWords(error, running)}`, WIDTH, 6).join("\n")}\n`);
    const corrected = error instanceof CommandError ? error.corrected(args) : undefined;
    if (corrected) process.stderr.write(`      ${corrected}\n`);
    if (args.includes("--verbose") && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return exitCodeOf(error);
  }
}
