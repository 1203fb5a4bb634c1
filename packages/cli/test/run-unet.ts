import { afterEach, beforeEach, vi } from "vitest";
import { main } from "../src/main.js";

/** What a command printed, and its exit code. */
export interface Ran {
  code: number;
  /** Standard output. */
  out: string;
  /** Standard error. */
  err: string;
}

/** Runs the `unet` command in this process, and keeps what it prints. */
export async function runUnet(...args: string[]): Promise<Ran> {
  const ran: Ran = { code: -1, out: "", err: "" };
  const keep = (where: "out" | "err") => (text: string | Uint8Array) => {
    ran[where] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(console, "log").mockImplementation((line) => void keep("out")(`${line}\n`)),
    vi.spyOn(process.stdout, "write").mockImplementation(keep("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(keep("err")),
  ];
  try {
    ran.code = await main(args);
    return ran;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Messages without the breaks that keep them within 80 columns. */
export function unwrapped(text: string): string {
  return text.replace(/\n(?! {4}at ) +(?=\S)/g, " ");
}

/** What commands print in each test of a file: a result a string, and messages without the breaks of their lines. */
export function captured(): { output: string[]; errors: string[] } {
  const kept = { output: [] as string[], errors: [] as string[] };
  beforeEach(() => {
    for (const lines of [kept.output, kept.errors]) lines.length = 0;
    vi.spyOn(console, "log").mockImplementation((line) => void kept.output.push(String(line)));
    vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    vi.spyOn(process.stderr, "write").mockImplementation(
      (text) => kept.errors.push(unwrapped(String(text))) > 0,
    );
  });
  afterEach(() => vi.restoreAllMocks());
  return kept;
}
