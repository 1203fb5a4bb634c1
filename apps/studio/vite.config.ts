import { defaultClientConditions, defineConfig, type Plugin } from "vite";

/**
 * What the page may do: its own files alone, and WebAssembly. `blob:` workers are the threads of the backend; `data:` and
 * `blob:` addresses hold what the page itself has made.
 */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' blob: data:",
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

export default defineConfig({
  base: "./",
  // the packages' sources, so that the page needs no build of them
  resolve: { conditions: ["@unet/source", ...defaultClientConditions] },
  plugins: [policyInPage()],
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 2000, modulePreload: { polyfill: false } },
  server: { headers: isolation },
  preview: { headers: { ...isolation, "Content-Security-Policy": policy } },
});
