/**
 * What is measured. A cell is one kind of load: `body` and `model` (canned/), `stream`, `connections`, and `group`, which
 * decides how it is run and reported:
 * `whole`, `burst` (200 events at once), `answered` (20 events at once, for bodies of all sizes), `paced` (an event each
 * 20 ms), `held` (open streams with an event a second), `native` (Bedrock's own format through), `messages` (Anthropic's, from InvokeModel's stream), `rate` (open loop:
 * `peakCell` tells the peak, `mostPerSecond` what the generator's core can carry).
 */
import { cannedModels } from "./canned/models.mjs";

function whole(name, title, { body, connections, model = "short", group = "whole" }) {
  return { name, title, group, body, model, stream: false, connections };
}

function streamed(name, title, { body = "short", connections, model, group }) {
  const { events } = cannedModels[model].stream;
  const wordsPerReply = Number.isFinite(events) ? events : undefined;
  return { name, title, group, body, model, stream: true, connections, wordsPerReply };
}

export const cells = [
  whole("chat-short-1", "200 B, 1 connection", { body: "short", connections: 1 }),
  whole("chat-short-16", "200 B, 16 connections", { body: "short", connections: 16 }),
  whole("chat-short-64", "200 B, 64 connections", { body: "short", connections: 64 }),
  whole("chat-short-256", "200 B, 256 connections", { body: "short", connections: 256 }),
  whole("chat-answer-8kb", "8 KB answer, 64 connections", { body: "short", model: "long", connections: 64 }),
  whole("chat-4kb", "4 KB prompt, 64 connections", { body: "4kb", connections: 64 }),
  whole("chat-tools", "9 KB, ten messages and tools, 64 connections", { body: "tools", connections: 64 }),
  whole("chat-100kb", "100 KB in one message, 16 connections", { body: "100kb", connections: 16 }),
  whole("chat-agent", "120 KB of turns and tool results, 16 connections", { body: "agent", connections: 16 }),

  streamed("burst-1", "200 events at once, 1 stream", { connections: 1, model: "short", group: "burst" }),
  streamed("burst-16", "200 events at once, 16 streams", { connections: 16, model: "short", group: "burst" }),

  streamed("stream-short", "200 B, 16 streams", { connections: 16, model: "long", group: "answered" }),
  streamed("stream-4kb", "4 KB prompt, 16 streams", { body: "4kb", connections: 16, model: "long", group: "answered" }),
  streamed("stream-tools", "9 KB and tools, 16 streams", {
    body: "tools",
    connections: 16,
    model: "long",
    group: "answered",
  }),
  streamed("stream-100kb", "100 KB, 16 streams", { body: "100kb", connections: 16, model: "long", group: "answered" }),
  streamed("stream-agent", "120 KB of turns, 16 streams", {
    body: "agent",
    connections: 16,
    model: "long",
    group: "answered",
  }),

  streamed("paced-50", "an event each 20 ms, 50 streams", { connections: 50, model: "paced", group: "paced" }),
  streamed("paced-400", "an event each 20 ms, 400 streams", { connections: 400, model: "paced", group: "paced" }),

  { ...whole("rate-chat", "200 B, whole", { body: "short" }), group: "rate", peakCell: "chat-short-64" },
  {
    ...streamed("rate-stream", "streams of 50 events, one each 20 ms", { model: "pacedShort", group: "rate" }),
    peakCell: "paced-400",
    mostPerSecond: 300,
  },

  streamed("held-1000", "1,000 open streams", { connections: 1000, model: "held", group: "held" }),
  streamed("held-10000", "10,000 open streams", { connections: 10_000, model: "held", group: "held" }),

  streamed("native-stream", "ConverseStream through, 200 events at once, 16 streams", {
    connections: 16,
    model: "short",
    group: "native",
  }),
  streamed("messages-stream", "Messages from Claude's own stream, 200 events at once, 16 streams", {
    connections: 16,
    model: "claude",
    group: "messages",
  }),
  whole("native-short", "Converse in, Converse out, 16 connections", {
    body: "short",
    connections: 16,
    group: "native",
  }),
];

export const quickCells = ["chat-short-16", "chat-agent", "burst-16", "paced-50", "held-1000"];

export function cellNamed(name) {
  return cells.find((cell) => cell.name === name);
}
