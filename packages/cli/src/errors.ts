import { interruptedCode } from "./signals.js";

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The exit code for what a command threw: 2 wrong usage, 130, 143 or 129 interrupted, 1 anything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  if (error instanceof DOMException && error.name === "AbortError") return interruptedCode();
  return 1;
}

/** One line that a person can act on; what lies deeper is for `--verbose`. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0].trim();
}
