import { probeBackends } from "@unet/backend";
import type { Command } from "commander";
import { type CommonOptions, command } from "../usage/command.js";

export function backendsCommand(): Command {
  return command("backends", "Say which backends can compute here, and why the others can't.").action(
    async ({ json }: CommonOptions) => {
      const probes = await probeBackends();
      if (json) {
        console.log(JSON.stringify(probes));
        return;
      }
      for (const { name, available, device, reason, notes = [] } of probes) {
        console.log(`${available ? "yes" : "no "}  ${name.padEnd(16)}${available ? device : reason}`);
        for (const note of notes) console.log(`     ${" ".repeat(16)}${note}`);
      }
    },
  );
}
