import {
  type BackendInfo,
  type BackendName,
  BackendUnavailableError,
  backendNames,
  useBackend,
} from "@unet/backend";
import { Command, Option } from "commander";
import { CommandError } from "../messages/errors.js";
import { inFlags } from "../messages/in-words.js";
import { WIDTH, wrap } from "../messages/wrap.js";

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
  backend?: BackendName;
}

/** A command with the options that all share; `computes` adds the choice of a backend. */
export function command(name: string, description: string, { computes = false } = {}): Command {
  const made = new Command(name)
    .description(description)
    .option("--json", "print the result as JSON, for machines")
    .option("--verbose", "on failure, print where it happened");
  if (computes) {
    made.addOption(
      new Option("--backend <name>", "compute on this backend (default: the fastest found)").choices(
        backendNames,
      ),
    );
  }
  return made;
}

/** Starts the backend that was asked for, or the best there is, and says which on standard error. */
export async function startBackend({ backend, json }: CommonOptions): Promise<BackendInfo> {
  // What is asked for on the command line comes before the environment.
  const asked = backend && { prefer: [backend], environment: false };
  const info = await useBackend(asked).catch((error) => {
    if (!backend || !(error instanceof BackendUnavailableError)) throw error;
    const reason = error.message.replace("no backend can be had", "it can't be had");
    throw new CommandError(`--backend ${backend}: ${reason}`);
  });
  if (!json) tell(`backend    ${info.name}${info.device ? ` (${info.device})` : ""}`);
  return info;
}

/** Prints a line on standard error, wrapped with an indent below its label; results go to standard output. */
export function tell(line: string): void {
  const label = /^\w+ {2,}/.exec(line)?.[0].length ?? 0;
  process.stderr.write(`${wrap(inFlags(line), WIDTH, label).join("\n")}\n`);
}
