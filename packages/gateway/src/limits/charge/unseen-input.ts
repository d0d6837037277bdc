/** What a model reads beside the body that is sent: nobody can see from that how much it is. Pure. */
import { isJsonObject, mantlePlace, parseModelArn, type JsonObject, type JsonValue } from "@adit/bedrock";
import { membersOf } from "./members-of.ts";

/** A request, by the dialect that its body is written in. */
interface WrittenCall {
  dialect: string;
  body: JsonObject;
}

/** Where it goes. */
interface CalledModel {
  model: string;
  provider: string;
}

/** True where AWS, or another host, adds to the body what it keeps itself, or what tools bring that it runs itself. */
export function readsMoreThanItsBody(call: WrittenCall, target: CalledModel): boolean {
  return isKeptPrompt(target) || isAddedTo(call, target) || hasSystemTool(call.body);
}

/** True for a prompt that AWS keeps: the body has its variables alone. */
export function isKeptPrompt({ model }: Pick<CalledModel, "model">): boolean {
  return parseModelArn(model)?.resourceType === "prompt";
}

/** Nova runs these itself, and reads what they bring. */
function hasSystemTool(body: JsonObject): boolean {
  return systemToolsOf(body).length > 0;
}

/** True where Nova may search the web for its answer. */
export function offersWebSearch(body: JsonObject): boolean {
  return systemToolsOf(body).some((tool) => !isJsonObject(tool) || tool["name"] !== "nova_code_interpreter");
}

function systemToolsOf({ tools, toolConfig }: JsonObject): JsonValue[] {
  const listed = [...membersOf(tools), ...membersOf(isJsonObject(toolConfig) ? toolConfig["tools"] : undefined)];
  return listed.map(({ systemTool }) => systemTool ?? null).filter((tool) => tool !== null);
}

/** What a host of OpenAI's Responses keeps, and reads beside the body where that names it. */
const keptNames = ["previous_response_id", "conversation", "prompt"];
/** Tools that the caller runs itself. */
const callersTools: ReadonlySet<unknown> = new Set([
  "function",
  "custom",
  "namespace",
  "local_shell",
  "apply_patch",
  "computer",
  "computer_use_preview",
]);

/** True where the host that the body is passed on to adds what it keeps itself, or what tools that it runs bring. */
function isAddedTo(call: WrittenCall, target: CalledModel): boolean {
  const { body } = call;
  if (!isPassedResponse(call, target)) return false;
  return (
    keptNames.some((name) => (body[name] ?? null) !== null) ||
    membersOf(body["input"]).some(({ type }) => type === "item_reference") ||
    toolsOfResponse(body).some(({ type }) => !callersTools.has(type))
  );
}

/** True for a request of OpenAI's Responses to a host that speaks that format itself. */
export function isPassedResponse({ dialect }: Pick<WrittenCall, "dialect">, { model, provider }: CalledModel): boolean {
  return dialect === "openai-responses" && (provider !== "bedrock" || mantlePlace(model) !== undefined);
}

/** Those that items of the input add, too. */
export function toolsOfResponse({ tools, input }: JsonObject): JsonObject[] {
  return [...membersOf(tools), ...membersOf(input).flatMap((item) => membersOf(item["tools"]))];
}
