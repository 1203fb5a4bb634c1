import type { Command } from "commander";
import { demoSettings, runDemo } from "../demo/run-demo.js";
import { DEMO_TITLE, writeDemoReport } from "../demo/write-report.js";
import { assertReportFolder } from "../outputs/assert-folder.js";
import { interruptible } from "../process/signals.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";
import { wholeNumber } from "../usage/options.js";

interface DemoOptions extends CommonOptions {
  out: string;
  steps: number;
}

export function demoCommand(): Command {
  return command("demo", "Train on synthetic cells, segment held-out images, and write a report.", {
    computes: true,
  })
    .option("--out <folder>", "gets report.html and the pictures", "out/demo")
    .option("--steps <n>", "optimiser steps", wholeNumber(1), demoSettings.steps)
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  assertReportFolder(options.out, "report.html", DEMO_TITLE, /^(cells-.+|loss)\.png$/);
  const backend = await startBackend(options);
  if (!options.json) {
    const { training, heldOut } = demoSettings.images;
    tell(`data       ${training} synthetic images of touching cells to train on, ${heldOut} held out`);
  }
  const result = await runDemo({ steps: options.steps, quiet: options.json, signal: interruptible() });
  const report = await writeDemoReport(result, backend, options.out);
  const { ours, otsu, seconds } = result;
  if (options.json) {
    console.log(JSON.stringify({ report, backend: backend.name, ours, otsu, seconds }));
    return;
  }
  const row = (name: string, { iou, seg }: { iou: number; seg: number }) =>
    `${name.padEnd(30)}${iou.toFixed(3).padStart(8)}${seg.toFixed(3).padStart(8)}`;
  console.log(`\n${"on held-out images".padEnd(30)}${"IoU".padStart(8)}${"SEG".padStart(8)}`);
  console.log(row("U-Net", ours));
  console.log(row("Otsu + connected components", otsu));
  console.log(
    `\nIoU ${ours.iou.toFixed(3)} and SEG ${ours.seg.toFixed(3)} in ${Math.round(seconds.total)} s; see ${report}`,
  );
}
