import type { CalibrationEvent, TrainingEvent } from "@unet/training";
import cliProgress from "cli-progress";
import { tell } from "../usage/command.js";

// A CommonJS module, of which Node does not find `Format` by name.
const { Format, Presets, SingleBar } = cliProgress;

/**
 * A live bar on standard error, so that standard output stays for results. Where standard error is no
 * terminal it prints a plain line now and then. What is left is said as soon as something was done, by the pace
 * since `from`, so that what an interrupted run had done before doesn't count.
 */
export class Progress {
  readonly #bar: InstanceType<typeof SingleBar>;

  constructor(what: string, total: number, payload = "", from = 0) {
    this.#bar = new SingleBar(
      {
        format(options, { progress, value, total, eta }, { payload }) {
          const bar = Format.BarFormat(progress, options);
          const left = value > from ? `  ${Format.TimeFormat(eta, options, 5)} left` : "";
          return `${what.padEnd(10)} ${bar} ${value}/${total}  ${payload}${left}`;
        },
        barsize: 16,
        hideCursor: true,
        clearOnComplete: false,
        etaBuffer: 50,
        noTTYOutput: true,
        notTTYSchedule: 15_000,
        stream: process.stderr,
        autopadding: true,
      },
      Presets.rect,
    );
    this.#bar.start(total, from, { payload });
  }

  update(done: number, payload?: string): void {
    this.#bar.update(done, payload === undefined ? undefined : { payload });
  }

  stop(): void {
    this.#bar.stop();
  }
}

/** Draws the tiles of an image; images of one tile are done before a bar could be seen. */
export function tileProgress(name: string): {
  onProgress: (progress: { done: number; total: number }) => void;
  stop: () => void;
} {
  let bar: Progress | undefined;
  return {
    onProgress({ done, total }) {
      if (total === 1) return;
      bar ??= new Progress(name, total, "tiles", done);
      bar.update(done);
    },
    stop: () => bar?.stop(),
  };
}

/** Draws how far a calibration is. */
export function calibrationProgress(): { onEvent: (event: CalibrationEvent) => void; stop: () => void } {
  let bar: Progress | undefined;
  return {
    onEvent({ done, images }) {
      bar ??= new Progress("calibrate", images, "images", 0);
      bar.update(done);
    },
    stop: () => bar?.stop(),
  };
}

/** Draws a training run. */
export interface TrainingProgress {
  onEvent: (event: TrainingEvent) => void;
  stop: () => void;
  /** Seconds that steps waited for their tiles so far. */
  waited: () => number;
}

/**
 * Draws a training run: a bar with the loss, averaged over the last steps so that it can be read, the measure of
 * the last evaluation, and how many tiles a second it takes; what goes wrong is a line of its own.
 */
export function trainingProgress(): TrainingProgress {
  let bar: Progress | undefined;
  let average: number | undefined;
  let seconds: number | undefined;
  let waited = 0;
  let accumulate = 1;
  let measured = "";
  return {
    onEvent(event) {
      if (event.type === "start") {
        accumulate = event.accumulate;
        if (event.steps > 0) bar = new Progress("training", event.steps, "loss …", event.step);
      } else if (event.type === "paced") {
        const { step, steps, minutes, secondsPerStep, validations } = event;
        const pace = `${secondsPerStep.toPrecision(2)} s a step`;
        const few = validations ? `, with ${validations} evaluation${validations > 1 ? "s" : ""}` : "";
        tell(`steps      ${steps} fit into ${minutes} minutes, at ${pace}${few}; the run ends with them`);
        bar = new Progress("training", steps, "loss …", step);
      } else if (event.type === "step") {
        average = average === undefined ? event.loss : 0.95 * average + 0.05 * event.loss;
        seconds = seconds === undefined ? event.seconds : 0.95 * seconds + 0.05 * event.seconds;
        waited += event.waitedSeconds;
        const speed = (accumulate / seconds).toPrecision(2);
        bar?.update(event.step, `loss ${average.toFixed(3)}${measured}  ${speed} images/s`);
      } else if (event.type === "validation") {
        measured = `  ${event.measure === "loss" ? "validation" : event.measure} ${event.value.toFixed(3)}`;
      } else if (event.type === "damaged") {
        tell(`WARNING    ${event.path} can't be read (${event.reason}); going on from the one before`);
      } else if (event.type === "notice") {
        tell(`NOTE       ${event.text}`);
      } else if (event.type === "unused") {
        const needs =
          event.needs === "validation" ? "images to evaluate on (--validation)" : "--validate-every";
        tell(`WARNING    without ${needs}, ${event.settings.map(optionOf).join(", ")} can do nothing`);
      } else if (event.type === "prolonged") {
        const { from, steps, minutes } = event;
        const end = steps > 0 ? `to step ${steps} in all` : `to ${minutes} minutes in all`;
        const added = steps > 0 ? `${steps - from} steps` : "steps";
        tell(`going on   after step ${from}, ${end}; the schedule runs anew over the added ${added}`);
      } else if (event.type === "stopped") {
        bar?.stop();
        const why = event.reason === "patience" ? "nothing better came" : "the time is over";
        tell(`stopped    after step ${event.step}: ${why}`);
      }
    },
    stop: () => bar?.stop(),
    waited: () => waited,
  };
}

/** A setting as the command names it; keeping the best is what it does unless told otherwise. */
function optionOf(setting: string): string {
  if (setting === "keepBest") return setting;
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
