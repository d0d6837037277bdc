#!/usr/bin/env node
// Here from the start, where `dist` comes with the build: npm links the command when it installs.
import "../dist/main.js";
