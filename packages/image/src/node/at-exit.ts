import { rmSync } from "node:fs";

/** What is removed when this process exits: locks, and files that are not complete. */
const passing = new Set<string>();

/** Removes a file or a folder when the process exits, unless it is killed; what {@link keep} names stays. */
export function removeAtExit(path: string): void {
  if (passing.size === 0) process.on("exit", removeAll);
  passing.add(path);
}

/** @returns whether it would have been removed */
export function keep(path: string): boolean {
  const was = passing.delete(path);
  if (passing.size === 0) process.off("exit", removeAll);
  return was;
}

function removeAll(): void {
  for (const path of passing) rmSync(path, { recursive: true, force: true });
}
