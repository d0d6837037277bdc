/** Puts words before a message or prompt: it changes requests, and judges nothing. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { kind } from "../check.ts";

interface Prefix {
  prefix: string;
  applyToRole: "system" | "user" | "assistant";
  addToExisting: boolean;
  onlyIfEmpty: boolean;
}

export const addPrefix = kind(
  z.strictObject({
    prefix: z.string().min(1),
    applyToRole: z.enum(["system", "user", "assistant"]).default("user"),
    addToExisting: z.boolean().default(true),
    onlyIfEmpty: z.boolean().default(false),
  }),
  (parameters) => ({
    grasp: "whole",
    judge: (_texts, { phase, requestType, request }) => {
      if (phase === "after") return { verdict: true, data: null };
      const changed =
        requestType === "complete"
          ? withPrompt(request.json, parameters.prefix)
          : requestType === "chatComplete"
            ? withMessage(request.json, parameters)
            : undefined;
      return { verdict: true, data: null, ...(changed !== undefined && { request: changed }) };
    },
  }),
);

function withPrompt(body: JsonObject, prefix: string): JsonObject | undefined {
  const { prompt } = body;
  if (typeof prompt === "string") return { ...body, prompt: prefix + prompt };
  if (!Array.isArray(prompt)) return undefined;
  return { ...body, prompt: prompt.map((entry) => (typeof entry === "string" ? prefix + entry : entry)) };
}

function withMessage(
  body: JsonObject,
  { prefix, applyToRole, addToExisting, onlyIfEmpty }: Prefix,
): JsonObject | undefined {
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  const index = messages.findIndex((message) => isJsonObject(message) && message["role"] === applyToRole);
  const added = { role: applyToRole, content: prefix };
  if (index === -1) {
    return { ...body, messages: applyToRole === "system" ? [added, ...messages] : [...messages, added] };
  }
  if (onlyIfEmpty) return undefined;
  if (!addToExisting) return { ...body, messages: messages.toSpliced(index, 0, added) };
  const found = messages[index];
  if (!isJsonObject(found)) return undefined;
  return { ...body, messages: messages.with(index, { ...found, content: prefixed(found["content"], prefix) }) };
}

function prefixed(content: JsonValue | undefined, prefix: string): JsonValue {
  if (Array.isArray(content)) return [{ type: "text", text: prefix }, ...content];
  return prefix + (typeof content === "string" ? content : "");
}
