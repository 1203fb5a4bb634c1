import type { Command } from "commander";
import { CommandError, quoted } from "./errors.js";

/**
 * What went wrong, in the words of the command that was run. The packages' errors begin with their function and name
 * its arguments (`createUNet: inputSize must be …`); a person at the command line knows the command's options instead.
 *
 * @param command the one that was run
 */
export function inWords(error: unknown, command: Command): string {
  const message = oneLine(error);
  if (error instanceof CommandError && error.cause === undefined) return message;
  const flags = flagsOf(command);
  const flagOf = (word: string) => flags.get(word) ?? word;
  return message
    .replace(/(^|: )(?:[a-z]+[A-Z]\w*|train|resume|normalise|segment): /, "$1")
    .replace(/\bconfig\.(\w+)/g, (_, field) => flags.get(field) ?? `training.${field}`)
    .replace(/^\w+(?= (must|is|needs) )/, flagOf)
    .replace(/(?<=\b(?:raise|give|option|leave out) )\w+/g, flagOf)
    .replace(/(?<=\b(?:or|give) |[;,] )(\w+) "([\w-]+)"/g, (said, word, value) =>
      flags.has(word) ? `${flags.get(word)} ${value}` : said,
    )
    .replace(/\b[a-z]+[A-Z]\w*\b/g, flagOf);
}

/** One line that a person can act on; what lies deeper is for `--verbose`. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return inFlags(message.split("\n")[0].trim());
}

/**
 * A message of the packages in the words of the command: `the option maskSuffix "_mask"` is `--mask-suffix _mask` there,
 * and a table of colours is written as `--colours` takes it.
 */
export function inFlags(message: string): string {
  return message
    .replace(/\b(?:the )?option ([a-z]\w*) (\{(?:"[^"]*": -?\d+(?:, )?)*\})/g, (_, name, table) => {
      const entries = Object.entries(JSON.parse(table)).map(([key, label]) => `${key}=${label}`);
      return `${flagFor(name)} ${quoted(entries.join(","))}`;
    })
    .replace(
      /\b(?:the )?option ([a-z]\w*) "([^"]*)"/g,
      (_, name, value) => `${flagFor(name)} ${quoted(value)}`,
    )
    .replace(/\b(?:the )?option ([a-z]\w*)/g, (_, name) => flagFor(name));
}

const flagFor = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The flags of a command by what the packages call the same thing. */
function flagsOf(command: Command): Map<string, string> {
  return new Map(command.options.map((option) => [option.attributeName(), flag(option.long)]));
}

function flag(long: string | null | undefined): string {
  return (long ?? "").replace(/^--no-/, "--");
}
