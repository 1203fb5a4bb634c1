import { readFileSync } from "node:fs";

const readme = readFileSync("README.md", "utf8");

/** The program that the README shows. */
const snippet = block("snippet");

/**
 * The same with few steps, for what only has to run: browsers compute on the CPU here. It then prints how
 * sure the network is, as one that has learnt so little finds no cells.
 */
export const shortSnippet = `${replaced(snippet, /steps: \d+/, "steps: 5")}
const { scores } = await segment(image, model, { scores: true });
const sum = scores.data.reduce((sum, score) => sum + Math.max(score, 1 - score), 0);
console.log("sure to " + sum / scores.data.length);
`;

/**
 * The program, which then goes on to count the cells of images of other seeds by the same lines: after its own, it prints for
 * each what it counts and how many there are.
 */
export function snippetOn(seeds: number[]): string {
  const counting = snippet.slice(snippet.indexOf("const { image }"));
  const others = seeds.map((seed) => {
    const counted = replaced(counting, "seed: 2", `seed: ${seed}`);
    const truth = `const { labels } = await syntheticCells({ count: 1, seed: ${seed} }).get(0);
      console.log(new Set(labels.data).size - 1);`;
    return `{\n${counted}${truth}\n}\n`;
  });
  return snippet + others.join("");
}

function replaced(text: string, what: string | RegExp, by: string): string {
  const out = text.replace(what, by);
  if (out === text) throw new Error(`the README's program has no ${what}`);
  return out;
}

/** What the README says to install for it beside our own packages. */
export const peers = block("install")
  .split(/\s+/)
  .filter((word) => word.startsWith("@") && !word.startsWith("@unet/"));

/** The code block that follows `<!-- name -->`. */
function block(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w+\\n(.*?)\`\`\``, "s").exec(readme);
  if (!found) throw new Error(`README.md has no code block after <!-- ${name} -->`);
  return found[1];
}
