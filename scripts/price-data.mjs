/**
 * Writes `packages/bedrock/src/models/data/prices.json` from other people's price lists. `node scripts/price-data.mjs FOLDER`, where FOLDER holds
 * `prices.bedrock.json` and `prices.bedrock-mantle.json` of Portkey-AI/models (US cents per token) and `models.models-dev.json`, the
 * Bedrock part of models.dev (US dollars per million tokens). What is decided where they disagree stands here and in the table itself.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./set-up.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: node scripts/price-data.mjs FOLDER");
  process.exit(2);
}
const read = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));
const data = path.join(root, "packages/bedrock/src/models/data");
const catalogue = JSON.parse(readFileSync(path.join(data, "models.json"), "utf8")).models;
const portkey = read("prices.bedrock.json");
const mantle = read("prices.bedrock-mantle.json");
const modelsDev = read("models.models-dev.json");

const date = "2026-08-21";
const version = `${date}.2`;
const sources = {
  portkey:
    "Portkey-AI/models (MIT, 2026-08-21): prices.bedrock.json and prices.bedrock-mantle.json. Left out: amazon.titan-embed-image-v1, which has the prices of a Claude Opus there; stable-diffusion-xl, whose price depends on quality; batch prices of caches and of ranking; cache writes at 0 for models that have no such price.",
  "models.dev": "models.dev (MIT, 2026-07-02), the part on Amazon Bedrock.",
  rules:
    "AWS's user guide on prompt caching and batch inference, and Anthropic's price page, as known to the authors, not confirmed by a second source: Claude's cache writes for an hour at twice the input; Nova's cache reads at a quarter of the input and its cache writes free; batch at half of the price; Claude Sonnet 4 and 4.5 above 200,000 tokens at twice the input and 1.5 times the output.",
  reports:
    "Of what the lists do not have: GPT-5.4 and 5.5 above 272,000 tokens of input at the same factors as GPT-5.6, by an invoice of AWS's (BerriAI/litellm#38615, 2026-08), and the search of the web that bedrock-mantle offers GPT at $12 for 1,000 searches (BerriAI/litellm#39610, truefoundry/models#2159, 2026-08).",
};

/** Nano-dollars, whole: a price that is not would be a slip of units. */
function whole(value) {
  const rounded = Math.round(value);
  if (Math.abs(value - rounded) > 1e-3) throw new Error(`${value} is no whole number of nano-dollars`);
  return rounded;
}
const centsPerToken = (price) => whole(price * 1e13);
const dollarsPerMillion = (price) => whole(price * 1e9);

const geographyForm = /^(us-gov|us|ca|sa|amer|eu|apac|ap|jp|au|in|global)\.(?=[^.]+\.)/;
const isRanking = (id) => catalogue[id]?.output === "rerank";
const isEmbedding = (id) => catalogue[id]?.output === "embedding";

/** Spellings of one id that Portkey lists side by side: the catalogue's is taken. */
function isOtherSpelling(id) {
  const spellings = [`${id}:0`, id.replace(/:0$/, ""), id.replace(/-v1$/, ""), id.replace(/-v1:0$/, "")];
  return !(id in catalogue) && spellings.some((other) => other in catalogue);
}

function unitsOf(id, paid) {
  const cents = (entry) => (entry === undefined ? undefined : centsPerToken(entry.price));
  if (isRanking(id)) return { query: whole(paid.request_token.price * 1e7) };
  if (paid.image !== undefined) return { image: whole(paid.image.default.default.price * 1e7) };
  const write = cents(paid.cache_write_input_token);
  return defined({
    input: cents(paid.request_token),
    output: isEmbedding(id) ? undefined : cents(paid.response_token),
    cacheRead: cents(paid.cache_read_input_token),
    cacheWrite5m: write === 0 ? undefined : write,
    cacheWrite1h: cents(paid.additional_units?.cache_write_1h),
  });
}

const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
const inputAndOutput = ({ input, output }) => defined({ input, output });

/** Rows of one of Portkey's entries, without the geography. */
function rowsOf(id, entry) {
  const rows = [];
  const base = unitsOf(id, entry.pricing_config.pay_as_you_go);
  const batch = entry.pricing_config.batch_config;
  const regions = Object.entries(entry.custom_pricing?.regions ?? {});
  if (!regions.some(([region]) => region === "default")) rows.push({ tier: "standard", ...base });
  if (batch !== undefined) rows.push({ tier: "batch", ...inputAndOutput(unitsOf(id, batch)) });
  for (const [region, { execution_modes: modes }] of regions) {
    const where = region === "default" ? {} : { regions: region.split(",") };
    for (const [tier, mode] of Object.entries(modes)) {
      if (tier === "batch" && isRanking(id)) continue;
      const cut = tier === "batch" ? inputAndOutput : (units) => units;
      if (mode.pricing_config !== undefined)
        rows.push({ tier, ...where, ...cut(unitsOf(id, mode.pricing_config.pay_as_you_go)) });
      for (const [above, name] of Object.entries(entry.custom_pricing.context_tier_map ?? {}))
        rows.push({
          tier,
          ...where,
          ...(above !== "0" && { aboveInputTokens: Number(above) }),
          ...cut(unitsOf(id, mode.context_tiers[name].pricing_config.pay_as_you_go)),
        });
    }
  }
  return rows;
}

/** Conditions and prices apart. */
function split({ tier, regions, profiles, aboveInputTokens, ...units }) {
  return { conditions: defined({ tier, regions, profiles, aboveInputTokens }), units };
}

const same = (left, right) => Object.keys({ ...left, ...right }).every((unit) => left[unit] === right[unit]);

/** Rows without those that say what the general row of their tier and context says. */
function withoutRepeats(rows) {
  return rows.filter((row) => {
    const { conditions, units } = split(row);
    if (conditions.regions === undefined && conditions.profiles === undefined) return true;
    const general = rows.find(
      (other) =>
        other.regions === undefined &&
        other.profiles === undefined &&
        other.tier === row.tier &&
        other.aboveInputTokens === row.aboveInputTokens,
    );
    return general === undefined || !same(split(general).units, units);
  });
}

const half = ({ input, output }) => defined({ input: input / 2, output: output / 2 });

function claudeUnits({ input, output, cache_read: cacheRead, cache_write: cacheWrite }) {
  return {
    input: dollarsPerMillion(input),
    output: dollarsPerMillion(output),
    cacheRead: dollarsPerMillion(cacheRead),
    cacheWrite5m: dollarsPerMillion(cacheWrite),
    cacheWrite1h: dollarsPerMillion(2 * input),
  };
}

const models = {};
for (const [id, entry] of [...Object.entries(portkey), ...Object.entries(mantle)]) {
  const geography = geographyForm.exec(id)?.[1];
  const baseId = geography === undefined ? id : id.slice(geography.length + 1);
  if (
    !baseId.includes(".") ||
    /^rerank-|::|stable-diffusion-xl|titan-embed-image/.test(baseId) ||
    isOtherSpelling(baseId)
  )
    continue;
  const rows = rowsOf(baseId, entry);
  const model = (models[baseId] ??= { rows: [], sources: ["portkey"] });
  if (geography !== undefined) {
    model.rows.push(...rows.map((row) => ({ ...row, profiles: [geography] })));
    // Whoever calls in these regions without such a profile pays the same.
    if (geography === "us-gov")
      model.rows.push(...rows.map((row) => ({ ...row, regions: ["us-gov-east-1", "us-gov-west-1"] })));
  } else if (!model.rows.some((row) => row.profiles === undefined && row.regions === undefined))
    model.rows.unshift(...rows);
}

/** Figures of models.dev that are taken before Portkey's, and why; what it says otherwise is noted as disputed. */
const taken = {
  "nvidia.nemotron-nano-12b-v2": "Portkey has the figures of the 9B model",
  "openai.gpt-oss-20b": "Portkey has the 3 % more of ap-southeast-2",
  "openai.gpt-oss-120b": "Portkey has the 3 % more of ap-southeast-2",
  "openai.gpt-5.4": "Portkey has the price without the tenth that AWS adds in a region",
  "openai.gpt-5.5": "Portkey has the price without the tenth that AWS adds in a region",
};

for (const [id, { cost }] of Object.entries(modelsDev)) {
  const geography = geographyForm.exec(id)?.[1];
  const baseId = geography === undefined ? id : id.slice(geography.length + 1);
  const model = models[baseId];
  const told = defined({
    input: dollarsPerMillion(cost.input),
    output: dollarsPerMillion(cost.output),
    cacheRead: cost.cache_read === undefined ? undefined : dollarsPerMillion(cost.cache_read),
  });
  if (model === undefined) {
    models[baseId] = { rows: [{ tier: "standard", ...told }], sources: ["models.dev"] };
    continue;
  }
  const isClaude = baseId.startsWith("anthropic.");
  const general = model.rows.find(
    (row) => row.tier === "standard" && row.regions === undefined && row.profiles === undefined,
  );
  const profile = model.rows.find(
    (row) => row.tier === "standard" && geography !== undefined && row.profiles?.includes(geography),
  );
  const agrees = Object.entries(told).every(([unit, value]) => (profile ?? general)[unit] === value);
  if (agrees || baseId.startsWith("amazon.nova")) {
    if (!model.sources.includes("models.dev")) model.sources.push("models.dev");
  } else if (baseId === "anthropic.claude-opus-4-6-v1" && geography === "au") {
    model.rows.push({ tier: "standard", profiles: ["au"] });
    model.disputed =
      "by the profile of au models.dev has 16.5 and 82.5, three times what any other has; Portkey has nothing: unknown";
  } else if (isClaude) {
    model.rows = model.rows.filter((row) => !row.profiles?.includes(geography));
    const units = claudeUnits(cost);
    model.rows.push({ tier: "standard", profiles: [geography], ...units });
    if (model.rows.some((row) => row.tier === "batch"))
      model.rows.push({ tier: "batch", profiles: [geography], ...half(units) });
    model.disputed ??= "by profiles of eu and au: models.dev's tenth more is taken, Portkey has the general price";
  } else if (baseId in taken) {
    const theirs = split(general).units;
    Object.assign(general, told);
    model.sources = ["models.dev"];
    model.disputed = `${taken[baseId]}: ${inWords(theirs)}`;
  } else {
    model.disputed = `models.dev: ${inWords(told)}`;
  }
}

// models.dev does not know Opus 5 yet; every Claude since 4.5 that it knows costs a tenth more by a profile of eu.
const opus5 = models["anthropic.claude-opus-5"];
for (const row of opus5.rows.filter((each) => each.regions === undefined && each.profiles === undefined)) {
  const { conditions, units } = split(row);
  const more = Object.entries(units).map(([unit, value]) => [unit, (value * 11) / 10]);
  opus5.rows.push({ ...conditions, profiles: ["eu"], ...Object.fromEntries(more) });
}
opus5.disputed =
  "by profiles of eu: a tenth more, as models.dev has it for all Claude since 4.5 that it knows; Portkey has the general price";

function inWords(units) {
  return Object.entries(units)
    .map(([unit, value]) => `${unit} ${value}`)
    .join(", ");
}

for (const [id, model] of Object.entries(models)) {
  for (const row of model.rows) {
    if (id.startsWith("amazon.nova") && row.cacheRead !== undefined)
      Object.assign(row, { cacheRead: row.input / 4, cacheWrite5m: 0, cacheWrite1h: undefined });
    // Portkey has reads and writes of this model the wrong way round: 3.75 to read, 0.3 to write.
    if (id.startsWith("anthropic.claude-3-7") && row.cacheRead > row.cacheWrite5m)
      [row.cacheRead, row.cacheWrite5m] = [row.cacheWrite5m, row.cacheRead];
  }
  if (/^anthropic\.claude-sonnet-4-(20250514|5)/.test(id))
    model.rows.push(...model.rows.filter((row) => row.tier === "standard").map((row) => longContext(row, 200_000)));
  if (/^openai\.gpt-5\.[45]$/.test(id)) {
    model.rows.push(...model.rows.map((row) => longContext(row, 272_000)));
    model.sources.push("reports");
  }
  if (id.startsWith("openai.gpt-5")) for (const row of model.rows) row.query = whole(12e9 / 1_000);
  model.rows = withoutRepeats(model.rows);
}
models["amazon.nova-pro-v1:0"].disputed =
  models["amazon.nova-lite-v1:0"].disputed =
  models["amazon.nova-micro-v1:0"].disputed =
    "Portkey: cache reads at half of the input, cache writes at twice";
models["anthropic.claude-3-7-sonnet-20250219-v1:0"].disputed =
  "Portkey has cache reads and cache writes the wrong way round";
// Bare ids, at the other endpoint: the dearer of Portkey's two figures.
models["openai.gpt-5.6-sol"].disputed = "Portkey's list of bedrock-mantle: input 5000000000, output 30000000000";
for (const row of models["xai.grok-4.6"].rows.filter((each) => each.profiles === undefined))
  Object.assign(row, { input: 2_200_000_000, output: 6_600_000_000, cacheRead: 550_000_000 });
models["xai.grok-4.6"].rows.push({ tier: "standard", profiles: ["global"], input: 2e9, output: 6e9, cacheRead: 5e8 });
models["xai.grok-4.6"].rows = models["xai.grok-4.6"].rows.filter((row) => !row.profiles?.includes("us"));
models["xai.grok-4.6"].disputed =
  "Portkey's list of bedrock-runtime has the price of the global profile for the bare id";

function longContext(row, aboveInputTokens) {
  const { conditions, units } = split(row);
  const longer = Object.entries(units).map(([unit, value]) => [unit, unit === "output" ? (value * 3) / 2 : value * 2]);
  return { ...conditions, aboveInputTokens, ...Object.fromEntries(longer) };
}

const quirks = [
  {
    stems: ["openai.gpt-5"],
    routes: ["converse"],
    inputIncludesCache: true,
    streamsOnly: true,
    why: "Under ConverseStream inputTokens holds what cacheReadInputTokens and cacheWriteInputTokens count again: anomalyco/opencode#47296, earendil-works/pi#8752, maximhq/bifrost#6942 (2026-08 and 09). A commenter of the first has an invoice that charges both; nobody else confirms it. A whole reply to the same prompt kept to AWS's documents (the last of them: 2 beside 4,993 written).",
  },
];

const lines = Object.entries(models)
  .toSorted(([left], [right]) => (left < right ? -1 : 1))
  .map(([id, { rows, ...rest }]) => {
    const written = rows.map((row) => `      ${JSON.stringify(row)}`).join(",\n");
    return `    ${JSON.stringify(id)}: {\n      ${JSON.stringify(rest).slice(1, -1)},\n      "rows": [\n${written}\n      ]\n    }`;
  });
const head = JSON.stringify({ version, date, sources, quirks, guardrails: [] }, undefined, 2).slice(0, -2);
writeFileSync(path.join(data, "prices.json"), `${head},\n  "models": {\n${lines.join(",\n")}\n  }\n}\n`);
