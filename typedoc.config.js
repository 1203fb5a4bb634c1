import { readdirSync, readFileSync } from "node:fs";

/** The sources of every entry point that the packages' manifests name. */
const entryPoints = readdirSync("packages").flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
  const sources = Object.values(exports).map(
    (target) => target["@unet/source"]?.default ?? target["@unet/source"],
  );
  return sources.filter(Boolean).map((source) => `packages/${name}/${source}`);
});

export default {
  name: "U-Net for JavaScript",
  entryPoints: entryPoints.filter((path) => !path.startsWith("packages/cli/")),
  tsconfig: "docs/tsconfig.json",
  skipErrorChecking: true,
  excludeInternal: true,
  out: "out/docs",
};
