import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { defineConfig, type Plugin } from "vite";

/**
 * The documents, put where the package is packed from. A build does that, and no script of npm's: those do not run here, for the project's
 * .npmrc is strict.
 */
function documents(): Plugin {
  const docs = path.join(import.meta.dirname, "docs");
  return {
    name: "documents",
    closeBundle() {
      rmSync(docs, { recursive: true, force: true });
      cpSync(path.join(import.meta.dirname, "..", "..", "docs"), docs, { recursive: true });
    },
  };
}

/**
 * The program `adit` in few files: to find, read and compile a file for each module of its own and of its libraries took two thirds of
 * its start. What is loaded only where it is used (the emulator, AWS's own chain), or holds a binary, stays a package of its own.
 */
export default defineConfig({
  plugins: [documents()],
  resolve: { conditions: ["@adit/source"] },
  ssr: {
    target: "node",
    resolve: { conditions: ["@adit/source"] },
    noExternal: true,
    external: ["@adit/emulator", "@aws-sdk/credential-providers", "@photostructure/sqlite", "pg-native"],
  },
  build: {
    ssr: true,
    target: "node20",
    outDir: "dist/program",
    minify: false,
    // The licences of all that is bundled travel with it.
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: {
        main: "src/main.ts",
        "taker-worker": "src/ledger/intake/taker-worker.ts",
        "search-worker": "src/ledger/search/search-worker.ts",
      },
      // A thread is begun from a file beside the chunk that begins it.
      output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
    },
  },
});
