import { endOnSignals } from "./process/signals.js";
import { guardStreams } from "./process/streams.js";

// Before the rest is loaded, which takes a moment.
guardStreams();
endOnSignals();
const { main } = await import("./main.js");
const code = await main(process.argv.slice(2));
// A result that couldn't be written has set it already.
if (code > 0) process.exitCode = code;
