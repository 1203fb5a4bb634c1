import { UnwritableError } from "@unet/image/node";

/**
 * Keeps a broken stream from ending the program. Progress that nobody reads any more is dropped, and so are results whose reader has
 * gone away (`| head`). A result that can't be written for another reason, such as a full disk, is told once, and the
 * exit code is 1: the program goes on, as it may have files to write.
 */
export function guardStreams(): void {
  process.stderr.on("error", () => {});
  let told = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.exitCode = 1;
    const { message } = new UnwritableError("standard output", error);
    if (!told) process.stderr.write(`unet: ${message}\n`);
    told = true;
  });
}
