#!/usr/bin/env node
import { existsSync } from "node:fs";

// In a clone the command is linked before anything is built.
const built = new URL("../dist/unet.js", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error(
    "unet: not built yet: run `npm run demo` (sets everything up) or `pnpm build` at the clone's root",
  );
  process.exitCode = 1;
}
