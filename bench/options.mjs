import { parseArgs } from "node:util";
import { cells, quickCells } from "./cells.mjs";
import { UsageError } from "./machine/processes.mjs";
import { targets } from "./targets/targets.mjs";

export const benchUsage = `npm run bench [-- OPTIONS]
  --quick          one short round of a few cells (about two minutes)
  --only NAMES     only these cells, by comma: names or beginnings of names (chat-short, burst, held-1000 ...)
  --targets NAMES  only these of ${Object.keys(targets).join(", ")}
                   (adit-key and adit-limits only if they are named: a gateway key without limits, and with three)
  --rounds N       rounds per cell (3; with --quick 1); medians are shown
  --seconds N      measured seconds per run (2; with --quick 1)
  --install        install nginx with apt-get when it is missing
  --write          put the result into bench/README.md
  --json FILE      keep every single result`;

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${name} takes a number above 0, not "${text}".`);
  return value;
}

function listed(text) {
  return text?.split(",").map((name) => name.trim());
}

function chosenCells(only, quick) {
  if (only === undefined) return quick ? cells.filter(({ name }) => quickCells.includes(name)) : cells;
  const beginnings = listed(only);
  const unknown = beginnings.find((beginning) => !cells.some(({ name }) => name.startsWith(beginning)));
  if (unknown !== undefined) {
    throw new UsageError(`No cell begins with "${unknown}". There are ${cells.map(({ name }) => name).join(", ")}.`);
  }
  return cells.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));
}

function chosenTargets(text) {
  const names = listed(text) ?? Object.keys(targets).filter((name) => targets[name].isOnRequest !== true);
  const unknown = names.find((name) => !Object.hasOwn(targets, name));
  if (unknown !== undefined)
    throw new UsageError(`There is no target "${unknown}", but ${Object.keys(targets).join(", ")}.`);
  return names;
}

/** The command line as {cells, targets, rounds, seconds, install, write, json, help}. Throws a UsageError. */
export function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string" },
        targets: { type: "string" },
        rounds: { type: "string" },
        seconds: { type: "string" },
        install: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${error.message}\n\n${benchUsage}`);
  }
  return {
    ...values,
    cells: chosenCells(values.only, values.quick),
    targets: chosenTargets(values.targets),
    rounds: Math.ceil(positive("rounds", values.rounds ?? (values.quick ? 1 : 3))),
    seconds: positive("seconds", values.seconds ?? (values.quick ? 1 : 2)),
  };
}
