/** Signals that ask a program to end, and the exit codes that say so: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type EndingSignal = keyof typeof exitCodes;

/** Within this time a second Ctrl-C is the same one: `npm`, `pnpm` and `timeout` pass on what the program got, too. */
const SAME_MS = 1000;

/** The signal that came, and when. */
let received: { signal: EndingSignal; at: number } | undefined;
/** Aborts the work that is being done, where it can be aborted. */
let work: AbortController | undefined;
let listening = false;

/**
 * From now on SIGINT (Ctrl-C), SIGTERM and SIGHUP end the program with their exit codes: at once, or where
 * {@link interruptible} work is being done, as soon as that is saved.
 */
export function endOnSignals(): void {
  if (listening) return;
  listening = true;
  for (const signal of Object.keys(exitCodes) as EndingSignal[]) process.on(signal, () => onSignal(signal));
}

/** For the work of a command: aborted by the first signal. A second Ctrl-C ends the program at once. */
export function interruptible(): AbortSignal {
  endOnSignals();
  received = undefined;
  work = new AbortController();
  return work.signal;
}

/** The exit code for work that a signal has ended. */
export function interruptedCode(): number {
  return exitCodes[received?.signal ?? "SIGINT"];
}

function onSignal(signal: EndingSignal): void {
  if (!work) process.exit(exitCodes[signal]);
  if (received) {
    if (signal === "SIGINT" && performance.now() - received.at > SAME_MS) process.exit(exitCodes.SIGINT);
    return;
  }
  received = { signal, at: performance.now() };
  const how = signal === "SIGINT" ? "stopping; Ctrl-C again ends at once" : `${signal}: stopping`;
  process.stderr.write(`\n${how}\n`);
  work.abort(new DOMException("interrupted", "AbortError"));
}
