/** The targets of the design, each against what was measured: `reached`, `NOT reached`, or `not measured` and why. */
import { cells } from "../cells.mjs";
import { figure } from "./markdown.mjs";

const shortCells = ["chat-short-16", "chat-short-64", "chat-short-256"];
const burstCells = ["burst-1", "burst-16"];
const pacedCells = ["paced-50", "paced-400"];
const cellsOfRatio = cells.filter(
  ({ group, connections }) => ["whole", "burst", "answered"].includes(group) && connections >= 16,
);

function compare(summary, { cell, one = "adit", other, key }) {
  const first = summary[cell]?.[one]?.[key];
  const second = summary[cell]?.[other]?.[key];
  return first === undefined || second === undefined ? undefined : { cell, first, second };
}

/** One line of the list from the values found in several cells; the worst decides. */
function verdict(target, values, { limit, atMost, unit }) {
  const known = values.filter(({ value }) => value !== undefined);
  if (known.length === 0) return { target, verdict: "not measured", value: "-" };
  const worst = known.reduce((one, other) => (other.value > one.value === atMost ? other : one));
  const reached = atMost ? worst.value <= limit : worst.value >= limit;
  const where = known.length > 1 ? `worst of ${known.length}: ` : "";
  const value = `${where}${figure(worst.value)}${unit} (${worst.cell})`;
  return { target, verdict: reached ? "reached" : "**NOT reached**", value };
}

function differences(summary, names, { one, other, key }) {
  return names.map((cell) => {
    const found = compare(summary, { cell, one, other, key });
    return { cell, value: found && found.first - found.second };
  });
}

/** How many times more of the other one's CPU time (or less, for `inverse`) a cell takes. */
function multiples(summary, names, { other, key, inverse = false }) {
  return names.map((cell) => {
    const found = compare(summary, { cell, other, key });
    return { cell, value: found && (inverse ? found.first / found.second : found.second / found.first) };
  });
}

function ofAdit(summary, names, key) {
  return names.map((cell) => ({ cell, value: summary[cell]?.adit?.[key] }));
}

function chatChecks(summary) {
  const cpu = { key: "cpuPerRequest" };
  const names = cellsOfRatio.map(({ name }) => name);
  return [
    verdict(
      "Chat: at most lean + 12 us a request, short bodies",
      differences(summary, shortCells, { other: "lean", ...cpu }),
      {
        limit: 12,
        atMost: true,
        unit: " us",
      },
    ),
    verdict(
      "Chat: 15x Portkey's requests per CPU-second, short bodies",
      multiples(summary, shortCells, { other: "portkey", ...cpu }),
      {
        limit: 15,
        atMost: false,
        unit: "x",
      },
    ),
    verdict(
      "A key's limits of requests, tokens and dollars: at most 15 us more a request than without, short bodies",
      differences(summary, shortCells, { one: "adit-limits", other: "adit-key", ...cpu }),
      {
        limit: 15,
        atMost: true,
        unit: " us",
      },
    ),
    verdict(
      "At least 9x Portkey in every cell, 100 KB bodies included",
      multiples(summary, names, { other: "portkey", ...cpu }),
      {
        limit: 9,
        atMost: false,
        unit: "x",
      },
    ),
  ];
}

function streamChecks(summary, fewerStreams) {
  const event = { key: "cpuPerEvent" };
  const rate = ["rate-stream"];
  const open =
    fewerStreams === undefined ? "10,000" : `${fewerStreams.toLocaleString("en-US")} (all that this machine allows)`;
  return [
    verdict("Bursts: at most 2 us an event", ofAdit(summary, burstCells, "cpuPerEvent"), {
      limit: 2,
      atMost: true,
      unit: " us",
    }),
    verdict("Bursts: 15x Portkey", multiples(summary, burstCells, { other: "portkey", ...event }), {
      limit: 15,
      atMost: false,
      unit: "x",
    }),
    verdict(
      "Paced: at most 1.25x the bare Node proxy",
      multiples(summary, pacedCells, { other: "node-proxy", ...event, inverse: true }),
      {
        limit: 1.25,
        atMost: true,
        unit: "x",
      },
    ),
    verdict(
      "Half of peak: under 1 ms added to the first token, p50",
      differences(summary, rate, { other: "direct", key: "firstP50" }),
      {
        limit: 1,
        atMost: true,
        unit: " ms",
      },
    ),
    verdict(
      "Half of peak: first token's p99 at most twice the bare Node proxy's",
      multiples(summary, rate, { other: "node-proxy", key: "firstP99", inverse: true }),
      { limit: 2, atMost: true, unit: "x" },
    ),
    verdict(`${open} open streams in under 500 MB`, heldMemory(summary, fewerStreams ?? 10_000), {
      limit: 500,
      atMost: true,
      unit: " MB",
    }),
  ];
}

/** Memory says nothing where streams were lost. */
function heldMemory(summary, streams) {
  const held = summary["held-10000"]?.adit;
  return [{ cell: "held-10000", value: held?.openStreams >= streams ? held.megabytes : undefined }];
}

function otherChecks(summary, { startedMs, signingMicros }) {
  const floor = (signingMicros ?? 0) + 15;
  return [
    verdict(
      `Native passthrough: at most the bare Node proxy + signing (${figure(signingMicros)} us) + 15 us`,
      differences(summary, ["native-short"], { other: "node-proxy", key: "cpuPerRequest" }),
      { limit: floor, atMost: true, unit: " us" },
    ),
    verdict(
      "Messages from InvokeModel's stream: at most 1.5x the bare Node proxy",
      multiples(summary, ["messages-stream"], { other: "node-proxy", key: "cpuPerEvent", inverse: true }),
      { limit: 1.5, atMost: true, unit: "x" },
    ),
    verdict("`adit serve` listens within 0.7 s", [{ cell: "median of its starts", value: startedMs }], {
      limit: 700,
      atMost: true,
      unit: " ms",
    }),
  ];
}

/** `context`: {startedMs of adit, signingMicros, fewerStreams}. */
export function checksOf(summary, context) {
  return [...chatChecks(summary), ...streamChecks(summary, context.fewerStreams), ...otherChecks(summary, context)];
}
