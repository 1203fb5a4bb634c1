import { UsageError } from "./messages/errors.js";
import { oneLine } from "./messages/in-words.js";
import { readText } from "./read-text.js";

/** The most characters of YAML that are read: its parser takes quadratic time in the number of fields. */
const MOST_YAML = 2 ** 16;

/**
 * Reads a file of settings, YAML or JSON, and turns it into what `take` makes of it.
 *
 * @throws UsageError that names the file and what is wrong with it
 */
export async function readSettings<T>(path: string, take: (given: unknown) => T): Promise<T> {
  const text = await readText(path).catch((error) => {
    throw new UsageError(error.code === "ENOENT" ? `${path}: no such file` : error.message);
  });
  try {
    return take(await parseSettings(text));
  } catch (error) {
    throw wrongIn(path, error);
  }
}

/** What is wrong with a file of settings, which has fields where the command has flags. */
export function wrongIn(path: string, error: unknown): UsageError {
  return new UsageError(`${path}: ${oneLine(error).replace(/^train: config\b/, "training")}`);
}

async function parseSettings(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    // Then it is YAML.
  }
  if (text.length > MOST_YAML) {
    throw new RangeError(
      `it has ${text.length} characters of YAML, at most ${MOST_YAML} are read; JSON may be longer`,
    );
  }
  const { parse } = await import("yaml");
  try {
    return parse(text) ?? {};
  } catch (error) {
    if (/call stack/.test(String(error))) throw new RangeError("it is nested too deep");
    throw error;
  }
}
