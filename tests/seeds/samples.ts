/** Bodies of the code samples in Portkey's and Obiguard's pages on Bedrock, as they are printed there. */
import { crc32, deflateSync } from "node:zlib";

/** "Say this is a test", with the limit of tokens that the pages call required. */
export const plainSample = {
  messages: [{ role: "user" as const, content: "Say this is a test" }],
  model: "anthropic.claude-v2:1",
  max_tokens: 250,
};

const flightQuestion = (from: string): string =>
  `when does the flight from ${from} land tomorrow, what time, what is its flight number, and what is its baggage belt?`;

const thinkingSettings = {
  model: "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
  max_tokens: 3000,
  thinking: { type: "enabled", budget_tokens: 2030 },
  stream: true as const,
};

/** Extended thinking, one turn. */
export const singleTurn = {
  ...thinkingSettings,
  messages: [
    { role: "user" as const, content: [{ type: "text" as const, text: flightQuestion("new york to bengaluru") }] },
  ],
};

/** The thinking that the sample of a second turn brings back. */
export const printedThinking = [
  "The user is asking several questions about a flight from Baroda (also known as Vadodara) to Bangalore:",
  "1. When does the flight land tomorrow",
  "2. What time does it land",
  "3. What is the flight number",
  "4. What is the baggage belt number at the arrival airport",
  "",
  "To properly answer these questions, I would need access to airline flight schedules and airport information systems. However, I don't have:",
  "- Real-time or scheduled flight information",
  "- Access to airport baggage claim allocation systems",
  "- Information about specific flights between these cities",
  "- The ability to look up tomorrow's specific flight schedules",
  "",
  "This question requires current, specific flight information that I don't have access to. Instead of guessing or providing potentially incorrect information, I should explain this limitation and suggest ways the user could find this information.",
].join("\n");

/** Its signature. */
export const printedSignature =
  "EqoBCkgIARABGAIiQBVA7FBNLRtWarDSy9TAjwtOpcTSYHJ+2GYEoaorq3V+d3eapde04bvEfykD/66xZXjJ5yyqogJ8DEkNMotspRsSDKzuUJ9FKhSNt/3PdxoMaFZuH+1z1aLF8OeQIjCrA1+T2lsErrbgrve6eDWeMvP+1sqVqv/JcIn1jOmuzrPi2tNz5M0oqkOO9txJf7QqEPPw6RG3JLO2h7nV1BMN6wE=";

/** Extended thinking, a second turn: the first one's thinking comes back with its signature. */
export const multiTurn = {
  ...thinkingSettings,
  messages: [
    { role: "user", content: [{ type: "text", text: flightQuestion("baroda to bangalore") }] },
    {
      role: "assistant",
      content: [{ type: "thinking", thinking: printedThinking, signature: printedSignature }],
    },
    { role: "user", content: "thanks that's good to know, how about to chennai?" },
  ],
};

/** The sample without a virtual key names a model that Bedrock does not have. */
export const mistakenSample = { model: "gpt-4o", messages: [{ role: "user", content: "Hello!" }] };

/** One red pixel as PNG, written chunk by chunk as the PNG specification says. */
export const redPixel = png().toString("base64");

function png(): Buffer {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  const line = Buffer.from([0, 255, 0, 0]);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(line)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
