import { readFileSync } from "node:fs";

const readme = readFileSync("README.md", "utf8");

/** The program that the README shows. */
export const snippet = block("snippet");

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
