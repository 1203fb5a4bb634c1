import { spawn } from "node:child_process";

/**
 * Runs a program to its end and keeps what it prints to itself.
 * A failure is an error of one line, `what: the last line that tells`, with everything in `output`.
 */
export function run(what, program, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const reason = tellingLine(output) || `${program} ended with ${signal ?? code}`;
      reject(Object.assign(new Error(`${what}: ${reason}`), { output }));
    });
  });
}

/** The last line with an error that a program printed, else its last line; a compiler's first error. */
export function tellingLine(output) {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  return (
    lines.find((line) => /: (fatal )?error: /.test(line)) ??
    lines.findLast((line) => /^ERROR: /.test(line)) ??
    lines.at(-1) ??
    ""
  );
}
