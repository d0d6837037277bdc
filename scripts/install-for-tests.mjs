/** What the tests want of Debian's packages, in a process of its own: `npm test` installs the dependencies and builds meanwhile. */
import { installChromium, installPostgres } from "./set-up.mjs";

installPostgres();
installChromium();
