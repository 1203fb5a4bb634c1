import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** The entry points that the packages' manifests name, with their sources. */
const entries = readdirSync(join(root, "packages")).flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  return Object.entries<Record<string, string | { default: string }>>(exports).flatMap(([path, target]) => {
    const source = target["@unet/source"];
    const file = typeof source === "object" ? source.default : source;
    const entry = `@unet/${name}${path.slice(1)}`;
    return file === undefined ? [] : [{ name, entry, file: join(root, "packages", name, file) }];
  });
});

const program = ts.createProgram(
  entries.map(({ file }) => file),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    customConditions: ["@unet/source"],
    noLib: true,
  },
);

/** What a module exports: values by their name, types as `type NAME`. */
function exportsOf(file: string): string[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
  if (!module) return [];
  return checker.getExportsOfModule(module).map((exported) => {
    const isAlias = exported.flags & ts.SymbolFlags.Alias;
    const { flags } = isAlias ? checker.getAliasedSymbol(exported) : exported;
    return flags & ts.SymbolFlags.Value ? exported.name : `type ${exported.name}`;
  });
}

// An export is a promise to users: one more or less is a change that a reviewer sees in public-api/*.txt, and that
// comes with a changeset. `npx vitest run --project workspace test/public-api.test.ts -u` writes the lists anew.
describe.each(entries)("$entry", ({ name, entry, file }) => {
  test("exports what is meant", async () => {
    const list = exportsOf(file).sort();
    const path = `public-api/${entry.slice("@unet/".length).replace("/", "-")}.txt`;
    await expect(list.join("\n") + (list.length ? "\n" : "")).toMatchFileSnapshot(path);
  });

  test("is described in the package's README", () => {
    const readme = readFileSync(join(root, "packages", name, "README.md"), "utf8");
    const values = exportsOf(file).filter((exported) => !exported.startsWith("type "));
    expect(values.filter((value) => !new RegExp(`\\b${value}\\b`).test(readme))).toEqual([]);
  });
});
