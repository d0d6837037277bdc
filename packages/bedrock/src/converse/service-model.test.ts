/** The wire types against AWS's service model: members, enumerations, and what is required of a reply. */
import { describe, expect, it } from "vitest";
import type * as content from "./content.ts";
import type { ServiceTier } from "./request.ts";
import type { StopReason } from "./response.ts";
import { everyEvent, everyRequest, everyResponse } from "./testing/every-member.ts";
import { shapeOf, type ServiceModel } from "./testing/service-model.ts";
import { dataFile } from "../wire/testing/data-checks.ts";

const awsModel = dataFile("aws.bedrock-runtime.service-2.json") as ServiceModel | undefined;

/** The names of a union of strings: the compiler sees to it that none is missing and none too many. */
const imageFormats: Record<content.ImageFormat, true> = { png: true, jpeg: true, gif: true, webp: true };
const documentFormats: Record<content.DocumentFormat, true> = {
  pdf: true,
  csv: true,
  doc: true,
  docx: true,
  xls: true,
  xlsx: true,
  html: true,
  txt: true,
  md: true,
};
const videoFormats: Record<content.VideoFormat, true> = {
  mkv: true,
  mov: true,
  mp4: true,
  webm: true,
  flv: true,
  mpeg: true,
  mpg: true,
  wmv: true,
  three_gp: true,
};
const audioFormats: Record<content.AudioFormat, true> = {
  mp3: true,
  opus: true,
  wav: true,
  aac: true,
  flac: true,
  mp4: true,
  ogg: true,
  mkv: true,
  mka: true,
  "x-aac": true,
  m4a: true,
  mpeg: true,
  mpga: true,
  pcm: true,
  webm: true,
};
const roles: Record<content.ConversationRole, true> = { user: true, assistant: true, system: true };
const ttls: Record<NonNullable<content.CachePointBlock["ttl"]>, true> = { "5m": true, "1h": true };
const tiers: Record<ServiceTier, true> = { priority: true, default: true, flex: true, reserved: true };
/** The values that a type names, without the place that it keeps for those yet to come. */
type Named<Value> = Value extends string ? (string extends Value ? never : Value) : never;
const stopReasons: Record<Named<StopReason>, true> = {
  end_turn: true,
  tool_use: true,
  max_tokens: true,
  stop_sequence: true,
  guardrail_intervened: true,
  content_filtered: true,
  malformed_model_output: true,
  malformed_tool_use: true,
  model_context_window_exceeded: true,
};

describe.skipIf(awsModel === undefined)("AWS's service model (run where ADIT_DATA_CHECKS is found)", () => {
  const model = awsModel ?? { shapes: {} };

  it("has no member of a request that the types lack", () => {
    // The model id is part of the path.
    const wanted = [...membersUnder(model, "ConverseRequest"), ...membersUnder(model, "ConverseStreamRequest")];
    expect(missing(wanted, gathered(model, everyRequest, "ConverseStreamRequest"))).toEqual(
      new Set(["ConverseRequest.modelId", "ConverseStreamRequest.modelId"]),
    );
  });

  it("has no member of a reply that the types lack", () => {
    const wanted = membersUnder(model, "ConverseResponse");
    // Members of blocks that replies share with requests are gathered from both.
    const found = [
      ...gathered(model, everyResponse, "ConverseResponse"),
      ...gathered(model, everyRequest, "ConverseStreamRequest"),
    ];
    expect(missing(wanted, found)).toEqual(new Set());
  });

  it("has no event or member of one that the types lack", () => {
    const events = everyEvent.map(({ type, ...payload }) => ({ [type]: payload }));
    const wanted = membersUnder(model, "ConverseStreamOutput").filter((member) => !/exception/i.test(member));
    expect(missing(wanted, gathered(model, events, "ConverseStreamOutput"))).toEqual(new Set());
  });

  it.each([
    ["ImageFormat", imageFormats],
    ["DocumentFormat", documentFormats],
    ["VideoFormat", videoFormats],
    ["AudioFormat", audioFormats],
    ["ConversationRole", roles],
    ["CacheTTL", ttls],
    ["ServiceTierType", tiers],
    ["StopReason", stopReasons],
  ])("has the same values of %s", (name, values) => {
    expect(new Set(Object.keys(values))).toEqual(new Set(shapeOf(model, name).enum));
  });
});

/** All members of the structures that can be reached, as `Shape.member`; traces are the caller's to read. */
function membersUnder(model: ServiceModel, start: string): string[] {
  const seen = new Set<string>();
  const members: string[] = [];
  const visit = (name: string): void => {
    if (seen.has(name) || name.endsWith("Trace")) {
      return;
    }
    seen.add(name);
    const shape = shapeOf(model, name);
    for (const [member, { shape: inner }] of Object.entries(shape.members ?? {})) {
      members.push(`${name}.${member}`);
      visit(inner);
    }
    for (const inner of [shape.member, shape.value]) {
      if (inner !== undefined) {
        visit(inner.shape);
      }
    }
  };
  visit(start);
  return members;
}

/** The members that the samples hold, walked along the model. */
function gathered(model: ServiceModel, samples: readonly unknown[], start: string): string[] {
  const found: string[] = [];
  const visit = (name: string, value: unknown): void => {
    const shape = shapeOf(model, name);
    if (shape.document === true || typeof value !== "object" || value === null) {
      return;
    }
    if (shape.type === "list" || shape.type === "map") {
      Object.values(value).forEach((member) => visit((shape.member ?? shape.value)?.shape ?? "", member));
      return;
    }
    for (const [member, inner] of Object.entries(value)) {
      const target = shape.members?.[member];
      expect(target, `${name} has no member ${member}`).toBeDefined();
      found.push(`${name}.${member}`);
      if (target !== undefined && !target.shape.endsWith("Trace")) {
        visit(target.shape, inner);
      }
    }
  };
  samples.forEach((sample) => visit(start, sample));
  return found;
}

function missing(wanted: readonly string[], found: readonly string[]): Set<string> {
  // Converse's and ConverseStream's own shapes have the same members.
  const plain = (member: string): string =>
    member
      .replace(/^Converse(?:Stream)?Request\./, "Request.")
      .replace(/^Guardrail(?:Stream)?Configuration\./, "Guard.");
  const has = new Set(found.map(plain));
  return new Set(wanted.filter((member) => !has.has(plain(member))));
}
