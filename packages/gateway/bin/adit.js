#!/usr/bin/env node
// Here from the start, where the program comes with the build: npm links the command when it installs.
import "../dist/program/main.js";
