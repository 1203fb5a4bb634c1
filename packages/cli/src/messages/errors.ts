import { interruptedCode } from "../process/signals.js";

/** What a command says in its own words: exit code 1. */
export class CommandError extends Error {
  override name = "CommandError";
  /** The argument that is wrong, and what would be right in its place. */
  readonly instead?: { given: string; right: string };

  constructor(
    message: string,
    { instead, ...options }: ErrorOptions & { instead?: { given: string; right: string } } = {},
  ) {
    super(message, options);
    this.instead = instead;
  }

  /** The command with what is right in place of what is wrong, to be pasted; nothing where that isn't known. */
  corrected(args: string[]): string | undefined {
    if (!this.instead) return undefined;
    const { given, right } = this.instead;
    const corrected = args.map((arg) => {
      if (arg === given) return right;
      return arg.startsWith("--") && arg.endsWith(`=${given}`) ? arg.slice(0, -given.length) + right : arg;
    });
    return corrected.join() === args.join() ? undefined : `unet ${corrected.map(quoted).join(" ")}`;
  }
}

/** Wrong use of the command line: exit code 2. */
export class UsageError extends CommandError {
  override name = "UsageError";
}

/** An argument as a shell takes it. */
export function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}

/** The exit code for what a command threw: 2 wrong usage, 130, 143 or 129 interrupted, 1 anything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  if (error instanceof DOMException && error.name === "AbortError") return interruptedCode();
  return 1;
}
