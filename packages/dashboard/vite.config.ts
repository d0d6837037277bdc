import react from "@vitejs/plugin-react";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { defineConfig, type Plugin } from "vite";

/** The font is no script, and so its licence is in no list of scripts' licences. */
function fontLicence(): Plugin {
  return {
    name: "font-licence",
    generateBundle() {
      const file = createRequire(import.meta.url).resolve("@fontsource-variable/inter/LICENSE");
      this.emitFile({ type: "asset", fileName: "inter-license.txt", source: readFileSync(file) });
    },
  };
}

export default defineConfig({
  base: "/ui/",
  plugins: [react(), fontLicence()],
  build: {
    target: "es2022",
    // Where the gateway serves it from, and is packed with it.
    outDir: "../gateway/ui",
    emptyOutDir: true,
    // The licences of all that is bundled travel with it.
    license: { fileName: "licenses.md" },
    // A data: address would be one more thing to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
});
