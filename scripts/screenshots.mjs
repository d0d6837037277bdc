/** `npm run screenshots`: every page of the dashboard in both themes and two widths, as PNG in `.cache/screenshots`. */
import path from "node:path";
import { build, checkNode, installChromium, installDependencies, root, run } from "./set-up.mjs";

checkNode();
installDependencies();
build();
if (!installChromium()) {
  console.error("Chromium is not here, and could not be installed (Debian: apt-get install chromium).");
  process.exit(1);
}
const folder = path.join(root, ".cache", "screenshots");
run(path.join(root, "node_modules", ".bin", "vitest"), ["run", "tests/dashboard/every-page"], {
  env: { ...process.env, ADIT_SCREENSHOTS: folder },
});
console.log(`Written to ${path.relative(process.cwd(), folder)}.`);
