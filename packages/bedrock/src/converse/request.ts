/** The body of Converse and ConverseStream. Source: AWS's service model of bedrock-runtime (2026-08-07). */
import type { JsonObject } from "../json.ts";
import type { CachePointBlock, Message, SystemContentBlock } from "./content.ts";
import type { OneOf } from "./one-of.ts";

export interface InferenceConfiguration {
  /** At least 1. Absent: the model's own maximum, which AWS reserves against the quota. */
  maxTokens?: number;
  /** 0 to 1. */
  temperature?: number;
  /** 0 to 1. */
  topP?: number;
  /** Up to 2,500 by the model of the service, fewer by most models; none empty. */
  stopSequences?: string[];
}

export interface ToolSpecification {
  /** 1 to 64 of `[a-zA-Z0-9_-]`. */
  name: string;
  /** Not empty when present. */
  description?: string;
  inputSchema: { json: JsonObject };
  strict?: boolean;
}

export type Tool = OneOf<{
  toolSpec: ToolSpecification;
  systemTool: { name: string };
  cachePoint: CachePointBlock;
}>;

export type ToolChoice = OneOf<{
  auto: Record<string, never>;
  any: Record<string, never>;
  tool: { name: string };
}>;

export interface ToolConfiguration {
  /** At least one. */
  tools: Tool[];
  toolChoice?: ToolChoice;
}

export interface GuardrailConfiguration {
  guardrailIdentifier: string;
  guardrailVersion: string;
  trace?: "enabled" | "disabled" | "enabled_full";
  /** ConverseStream only. */
  streamProcessingMode?: "sync" | "async";
}

export interface OutputConfiguration {
  textFormat?: {
    type: "json_schema";
    structure: {
      jsonSchema: { /** The schema as a JSON string. */ schema: string; name?: string; description?: string };
    };
  };
  /** `low`, `medium`, `high`, `xhigh` or `max`. */
  effort?: string;
}

export type ServiceTier = "priority" | "default" | "flex" | "reserved";

export interface ConverseRequest {
  messages?: Message[];
  system?: SystemContentBlock[];
  inferenceConfig?: InferenceConfiguration;
  toolConfig?: ToolConfiguration;
  guardrailConfig?: GuardrailConfiguration;
  additionalModelRequestFields?: JsonObject;
  /** Up to 10 JSON Pointers. */
  additionalModelResponseFieldPaths?: string[];
  promptVariables?: Record<string, { text: string }>;
  /** 1 to 16 pairs, up to 256 characters each. */
  requestMetadata?: Record<string, string>;
  performanceConfig?: { latency: "standard" | "optimized" };
  serviceTier?: { type: ServiceTier };
  outputConfig?: OutputConfiguration;
}
