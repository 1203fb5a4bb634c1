import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a network's card into its package: as a module, and as a section of the README. */
export async function writeCards(root, card) {
  const module = `${root}/src/cards/${card.name}.ts`;
  mkdirSync(dirname(module), { recursive: true });
  writeFileSync(module, cardModule(card));
  const readme = `${root}/README.md`;
  if (existsSync(readme)) writeFileSync(readme, withCard(readFileSync(readme, "utf8"), card));
}

/** The module of a card. */
export function cardModule(card) {
  return `// Made by \`pnpm networks ${card.name}\`.\nexport const card = ${JSON.stringify(card, null, 2)};\n`;
}

/** A README with the section of a card as the card says it, between two comments that name it. */
export function withCard(readme, card) {
  const [begin, end] = [`<!-- card ${card.name} -->`, `<!-- end ${card.name} -->`];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the README has no section ${begin} … ${end}`);
  return `${readme.slice(0, from)}${begin}\n${cardText(card)}\n${readme.slice(to)}`;
}

/** A card as Markdown. */
export function cardText({ name, about, expects, data, notFor, trained, network, scores, float16, file }) {
  const { steps, minutes, images, seed, backend, machine, command } = trained;
  const rows = Object.entries(scores.measures).map(([measure, { value, low, high }]) => [
    measure,
    value.toFixed(3),
    `${low.toFixed(3)} to ${high.toFixed(3)}`,
  ]);
  const time = minutes === undefined ? "" : ` (${minutes} minutes)`;
  const thousands = (number) => number.toLocaleString("en");
  return `
### ${name}

${about[0].toUpperCase()}${about.slice(1)}.

- **Expects** ${expects.image}; ${expects.scale}.
- **Not for** ${notFor.join("; ")}.
- **Data** ${data.name} (${data.source}), ${images} images to train on. Licence of the data: ${data.licence}.
- **Trained** ${thousands(steps)} steps${time}, seed ${seed}, on \`${backend}\`, ${machine}: \`${command}\`.
- **Size** ${thousands(network.parameters)} parameters, ${(file.bytes / 1e6).toFixed(1)} MB as float16, which costs ${float16.lost} of a score at most.

On ${scores.images} ${scores.of}:

${table(["measure", "value", "interval"], rows)}
`;
}

/** A table of Markdown with columns as wide as their longest text. */
function table(headings, rows) {
  const widths = headings.map((heading, i) =>
    Math.max(...[heading, ...rows.map((row) => row[i])].map((text) => text.length)),
  );
  const lines = [headings, widths.map((width) => "-".repeat(width)), ...rows];
  return lines.map((line) => `| ${line.map((text, i) => text.padEnd(widths[i])).join(" | ")} |`).join("\n");
}
