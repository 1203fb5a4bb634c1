import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cardModule, withCard } from "../networks/card.mjs";
import { definitions } from "../networks/definitions.mjs";

const root = join(import.meta.dirname, "..");
const names = Object.keys(definitions) as Array<keyof typeof definitions>;
const splitOf = (name: string): Record<"training" | "validation" | "test", string[]> =>
  JSON.parse(readFileSync(`${root}/networks/${name}/split.json`, "utf8"));

describe.each(names)("%s", (name) => {
  test("no image is in two parts of its data", () => {
    const { training, validation, test } = splitOf(name);
    const all = [...training, ...validation, ...test];
    expect(new Set(all).size).toBe(all.length);
    for (const part of [training, validation, test]) expect(part.length).toBeGreaterThan(2);
  });

  const { package: folder } = definitions[name];
  const module = `${root}/packages/${folder}/src/cards/${name}.ts`;
  test.skipIf(!existsSync(module))("the README says what the card says", () => {
    const text = readFileSync(module, "utf8");
    const card = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
    expect(cardModule(card)).toBe(text);
    const readme = readFileSync(`${root}/packages/${folder}/README.md`, "utf8");
    expect(readme, `run pnpm networks ${name}`).toBe(withCard(readme, card));
    // what people wrote is what the definition says now
    const { about, expects, data, notFor } = definitions[name].card;
    expect(card).toMatchObject({ name, about, expects, data, notFor });
  });
});

const data = process.env.UNET_DATA ?? join(root, "../shared/data");
const missing = existsSync(`${data}/nuclei/fluorescence`) ? "" : " (needs UNET_DATA)";

test.skipIf(missing)(
  `nuclei: all images are in a part, and those of dsb2018 are trained on${missing}`,
  () => {
    const { training, validation, test } = splitOf("nuclei");
    const files = readdirSync(`${data}/nuclei/fluorescence/images`).map((file) => `images/${file}`);
    expect([...training, ...validation, ...test].sort()).toEqual(files.sort());
    expect([training, validation, test].map(({ length }) => length)).toEqual([331, 71, 71]);
    const elsewhere = readdirSync(`${data}/dsb2018/stage1_train`);
    const stems = training.map((file) => file.slice("images/".length, -".png".length));
    expect(elsewhere.filter((id) => !stems.some((stem) => id.startsWith(stem)))).toEqual([]);
  },
);
