/** What AWS takes as a request of Converse, told without any code of the translators: the second opinion that every dialect is held against. */
import type { ContentBlock, Message } from "../../../converse/content.ts";
import type { ConverseRequest } from "../../../converse/request.ts";
import { faultBy, type ServiceModel } from "../../../converse/testing/service-model.ts";
import { AditError } from "../../../errors/adit-error.ts";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import { dataFile } from "../../../wire/testing/data-checks.ts";

/** What AWS would refuse in a request. */
export function faultsOf(body: ConverseRequest, model: string): string[] {
  return [...shapeFaults(body), ...conversationFaults(body, model)];
}

/** The same for a request that is still to be made; a dialect may refuse to, with an AditError of status 400 and nothing else. */
export function faultsUnlessRefused(model: string, translate: () => ConverseRequest): string[] | "refused" {
  try {
    return faultsOf(translate(), model);
  } catch (error) {
    if (error instanceof AditError && error.status === 400) {
      return "refused";
    }
    throw error;
  }
}

/** "Expected toolResult blocks at messages.2.content for the following Ids" */
export function unansweredCalls(body: ConverseRequest): string[] {
  const turns = body.messages ?? [];
  return turns.flatMap((turn, index) => {
    const calls = turn.content
      .flatMap((block) => block.toolUse?.toolUseId ?? [])
      .toSorted((one, other) => one.localeCompare(other));
    const results = (turns[index + 1]?.content ?? [])
      .flatMap((block) => block.toolResult?.toolUseId ?? [])
      .toSorted((one, other) => one.localeCompare(other));
    return turn.role === "assistant" && calls.join() !== results.join()
      ? [`turn ${index}: ${calls.join()} / ${results.join()}`]
      : [];
  });
}

/** Without AWS's file only the rules below judge. */
const awsModel = dataFile("aws.bedrock-runtime.service-2.json") as ServiceModel | undefined;

function shapeFaults(body: ConverseRequest): string[] {
  const fault = awsModel && faultBy({ ...awsModel, isStrict: true }, body, "ConverseRequest");
  return fault === undefined ? [] : [fault];
}

/** Rules of conversations that AWS states in its refusals, told again without the code under test. */
function conversationFaults(body: ConverseRequest, model: string): string[] {
  const faults: string[] = [];
  const facts = factsOfModel(model);
  const turns = body.messages ?? [];
  const blocks = turns.flatMap((turn) => turn.content);
  const check = (isFine: boolean, words: string): void => {
    if (!isFine) {
      faults.push(words);
    }
  };
  check(turns.length > 0, "no messages");
  turns.forEach((turn, index) => {
    check(turn.content.length > 0, `turn ${index} is empty`);
    check(turn.role !== turns[index - 1]?.role, `turn ${index} does not alternate`);
    check(documentsHaveText(turn), `turn ${index} has a document without text`);
    check(resultsLead(turn.content), `turn ${index} has a result behind other content`);
    const kinds = new Set(turn.content.map((block) => Object.keys(block)[0]));
    check(
      !kinds.has("toolResult") || !facts.can.tools || facts.can.toolResultShared || !kinds.has("text"),
      `turn ${index} shares results`,
    );
    check(
      !kinds.has("toolUse") || !facts.can.tools || facts.can.textBesideTools || !kinds.has("text"),
      `turn ${index} has text beside calls`,
    );
    check(
      facts.bindsThinking || !kinds.has("reasoningContent") || turn.content[0]?.reasoningContent !== undefined,
      `turn ${index} begins without its reasoning`,
    );
    check(
      facts.family !== "anthropic" ||
        turn.content.at(-1)?.reasoningContent === undefined ||
        turn.content.every((block) => block.reasoningContent !== undefined || block.cachePoint !== undefined),
      `turn ${index} ends in reasoning`,
    );
  });
  check(
    blocks.every((block) => block.text === undefined || block.text !== ""),
    "an empty text",
  );
  const names = documentNames(blocks);
  check(new Set(names).size === names.length, "two documents of one name");
  check(
    names.every((name) => /^[A-Za-z0-9\-()[\]_ ]+$/.test(name) && !name.includes("  ")),
    "a document's name that AWS refuses",
  );
  const hasTools = blocks.some((block) => block.toolUse !== undefined || block.toolResult !== undefined);
  check(!hasTools || body.toolConfig !== undefined, "tool blocks without toolConfig");
  for (const list of [body.toolConfig?.tools ?? [], body.system ?? [], ...turns.map((turn) => turn.content)]) {
    list.forEach((block, index) => {
      const before = list[index - 1];
      check(
        block.cachePoint === undefined || (before !== undefined && before.cachePoint === undefined),
        "a mark without content before it",
      );
    });
  }
  const marks = [...(body.toolConfig?.tools ?? []), ...(body.system ?? []), ...blocks].flatMap(
    (block) => block.cachePoint ?? [],
  );
  check(marks.length <= 4, "more than four marks");
  check(marks.length === 0 || facts.can.cache.length > 0, "a mark on a model that does not cache");
  const firstShort = marks.findIndex((mark) => mark.ttl !== "1h");
  check(firstShort < 0 || marks.slice(firstShort).every((mark) => mark.ttl !== "1h"), "an hour behind five minutes");
  const thinking = body.additionalModelRequestFields?.["thinking"] as JsonObject | undefined;
  const isThinking = facts.family === "anthropic" && thinking !== undefined && thinking["type"] !== "disabled";
  check(
    !isThinking || body.toolConfig?.toolChoice === undefined || body.toolConfig.toolChoice.auto !== undefined,
    "thinking with a forced tool",
  );
  check(!isThinking || (body.inferenceConfig?.temperature ?? 1) === 1, "thinking with a temperature");
  check(
    !facts.sampling.exclusive ||
      body.inferenceConfig?.temperature === undefined ||
      body.inferenceConfig.topP === undefined,
    "temperature with topP",
  );
  return faults;
}

function documentsHaveText(turn: Message): boolean {
  return (
    turn.content.every((block) => block.document === undefined) ||
    turn.content.some((block) => (block.text ?? "").trim() !== "")
  );
}

function resultsLead(content: readonly ContentBlock[]): boolean {
  const kinds = content
    .filter((block) => block.cachePoint === undefined)
    .map((block) => block.toolResult !== undefined);
  return kinds.lastIndexOf(true) < 0 || kinds.slice(0, kinds.lastIndexOf(true)).every(Boolean);
}

function documentNames(blocks: readonly ContentBlock[]): string[] {
  return blocks.flatMap((block) => [
    ...(block.document === undefined ? [] : [block.document.name]),
    ...(block.toolResult?.content.flatMap((inner) => (inner.document === undefined ? [] : [inner.document.name])) ??
      []),
  ]);
}
