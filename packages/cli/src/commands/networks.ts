import { findNetwork, installedNetworks, type Network, networkNames } from "@unet/networks";
import type { Command } from "commander";
import { UsageError } from "../messages/errors.js";
import { nearest } from "../messages/nearest.js";
import { WIDTH, wrap } from "../messages/wrap.js";
import { licenceOf, networkNamed } from "../networks.js";
import { type CommonOptions, command } from "../usage/command.js";

export function networksCommand(): Command {
  return command("networks", "List the trained networks that come with unet, or print the card of one.")
    .argument("[name]", "the network whose card is printed")
    .action(listOrPrint);
}

async function listOrPrint(name: string | undefined, { json }: CommonOptions): Promise<void> {
  if (name !== undefined) return print(await networkOr(name), json);
  const networks = await installedNetworks();
  if (json) console.log(JSON.stringify(networks.map(({ card }) => card)));
  else console.log(networks.map(summary).join("\n\n"));
}

async function networkOr(given: string): Promise<Network> {
  const name = networkNamed(given);
  if (name) return findNetwork(name);
  const right = nearest(given, networkNames);
  throw new UsageError(
    `there is no network ${given}; there are ${networkNames.join(", ")}`,
    right ? { instead: { given, right } } : {},
  );
}

/** Columns that labels take. */
const LABEL = 11;

/** A network in a few lines: what it finds and expects, what it scores, and the licence of its data. */
function summary({ card }: Network): string {
  const { name, about, expects, scores } = card;
  const measures = Object.entries(scores.measures)
    .slice(0, 4)
    .map(([measure, { value }]) => `${measure} ${value.toFixed(3)}`);
  return [
    ...line(name.length < LABEL ? name : `${name}:`, about),
    ...line("  expects", `${expects.image}; ${expects.scale}`),
    ...line("  scores", `${measures.join(", ")}, on ${scores.images} images that it has not seen`),
    ...line("  data", licenceOf(card)),
  ].join("\n");
}

/** All that the card says. */
function print({ card }: Network, json: boolean | undefined): void {
  if (json) {
    console.log(JSON.stringify(card));
    return;
  }
  const { name, about, expects, notFor, data, trained, network, scores, float16, file } = card;
  const time = trained.minutes === undefined ? "" : ` in ${trained.minutes} minutes`;
  const lines = [
    ...line("network", `${name}: ${about}`),
    ...line("expects", `${expects.image}; ${expects.scale}`),
    ...line("not for", notFor.join("; ")),
    ...line("data", `${data.name}, ${trained.images} images (${data.source})`),
    ...line("licence", `${data.licence} (of the data)`),
    ...line(
      "trained",
      `${trained.steps.toLocaleString("en")} steps${time}, seed ${trained.seed}, on ${trained.backend}, ${trained.machine}: ${trained.command}`,
    ),
    ...line(
      "size",
      `${network.parameters.toLocaleString("en")} parameters, ${(file.bytes / 1e6).toFixed(1)} MB; stored in 16 bits, which costs ${float16.lost} of a score at most`,
    ),
    ...line("scores", `on ${scores.images} ${scores.of}:`),
    ...Object.entries(scores.measures).map(
      ([measure, { value, low, high }]) =>
        `${" ".repeat(LABEL)}${measure.padEnd(14)}  ${value.toFixed(3)}  (${low.toFixed(3)} to ${high.toFixed(3)})`,
    ),
  ];
  console.log(lines.join("\n"));
}

function line(label: string, text: string): string[] {
  return wrap(`${label.padEnd(LABEL)}${text}`, WIDTH, LABEL);
}
