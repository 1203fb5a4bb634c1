import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, so that another can tell whether it still runs. */
export interface Owner {
  /** The machine, and on Linux the container, within which process numbers are unique. */
  host: string;
  pid: number;
  /** When it started, in a unit of the system, since process numbers are used again. 0 where it is unknown. */
  start: number;
}

let own: Owner | undefined;

/** The process that this is. */
export function thisProcess(): Owner {
  own ??= { host: hostOf(), pid: process.pid, start: statOf(process.pid)?.start ?? 0 };
  return own;
}

/** Whether a process has certainly ended; false for those of other machines, of which nothing is known. */
export function hasEnded({ host, pid, start }: Owner): boolean {
  if (host !== thisProcess().host) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const stat = statOf(pid);
  if (!stat) return false;
  return stat.zombie || (start !== 0 && stat.start !== start);
}

function hostOf(): string {
  let space = "";
  try {
    space = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Not Linux: one space of process numbers a machine.
  }
  return createHash("sha256").update(`${hostname()} ${space}`).digest("hex").slice(0, 8);
}

/** What Linux says of a process. */
function statOf(pid: number): { zombie: boolean; start: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { zombie: fields[0] === "Z", start: Number(fields[19]) };
  } catch {
    return undefined;
  }
}
