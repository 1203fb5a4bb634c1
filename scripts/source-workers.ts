import { dirname, resolve } from "node:path";
import { build, type Plugin } from "vite";

/**
 * Lets tests in Node start the worker threads of our sources: where a module names one by its URL, as
 * `beside(import.meta.url, "./node-worker.js")`, the TypeScript beside it is bundled, once a run, and named instead.
 * In the browser Vite does that by itself.
 */
export function sourceWorkers(conditions: string[]): Plugin {
  return {
    name: "unet:source-workers",
    async transform(code, id) {
      const named = /beside\(import\.meta\.url, "\.\/([\w-]+)\.js"\)/.exec(code);
      if (!named || !id.endsWith(".ts")) return;
      const url = await bundle(resolve(dirname(id), `${named[1]}.ts`), conditions);
      return { code: code.replace(named[0], `new URL(${JSON.stringify(url)})`), map: null };
    },
  };
}

const bundles = new Map<string, Promise<string>>();

function bundle(entry: string, conditions: string[]): Promise<string> {
  let url = bundles.get(entry);
  if (!url) {
    url = build({
      configFile: false,
      logLevel: "warn",
      resolve: { conditions },
      ssr: { noExternal: true, resolve: { conditions } },
      build: {
        ssr: entry,
        write: false,
        minify: false,
        rollupOptions: { output: { inlineDynamicImports: true } },
      },
    }).then((result) => {
      if (!("output" in result)) throw new Error(`${entry} gave no bundle`);
      return `data:text/javascript,${encodeURIComponent(result.output[0].code)}`;
    });
    bundles.set(entry, url);
  }
  return url;
}
