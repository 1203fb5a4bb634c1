import { createHash } from "node:crypto";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

/**
 * What the page may do: its own files alone, and WebAssembly; `https:` is for the addresses of OME-Zarr that a user types. `blob:` workers are the threads of the backend; `data:` and
 * `blob:` addresses hold what the page itself has made.
 */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' blob: data: https:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Threads need a page that shares nothing with others. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Puts the policy into the built page, for servers that send none. */
function policyInPage(): Plugin {
  return {
    name: "studio:policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: policy },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** Tells the service worker which files there are, and makes it another one where any of them has changed. */
function offline(): Plugin {
  return {
    name: "studio:offline",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["service-worker.js"];
      if (worker?.type !== "chunk") return;
      // The weights of networks are kept by @unet/networks, when they are first used.
      const built = Object.values(bundle).filter(
        (file) => file !== worker && !/\.(html|bin)$/.test(file.fileName),
      );
      const files = [
        "./",
        "icon.svg",
        "manifest.webmanifest",
        ...built.map(({ fileName }) => fileName).sort(),
      ];
      const hash = createHash("sha256").update(JSON.stringify(files));
      for (const file of built) if (file.type === "chunk") hash.update(file.code);
      worker.code = worker.code.replace("__VERSION__", hash.digest("hex").slice(0, 12));
      this.emitFile({ type: "asset", fileName: "files.json", source: JSON.stringify(files) });
    },
  };
}

export default defineConfig({
  base: "./",
  // what isn't there is not found, and not the page: an OME-Zarr is asked for files that need not be there
  appType: "mpa",
  // the packages' sources, so that the page needs no build of them
  resolve: { conditions: ["@unet/source", ...defaultClientConditions] },
  plugins: [policyInPage(), offline()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        "service-worker": `${import.meta.dirname}/src/service-worker.ts`,
      },
      output: {
        entryFileNames: ({ name }) =>
          name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js",
      },
    },
  },
  server: { headers: isolation },
  preview: { headers: { ...isolation, "Content-Security-Policy": policy } },
});
