/**
 * How much a model reasons is said by several names that count together: thinking in Anthropic's words, effort by the name of each dialect,
 * and what the additional fields say to the model itself. A rule that sets one of them would lose to what the caller says by another.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { spendCopy, valueAt, withoutPlace, type Spend } from "./json-path.ts";

type Place = readonly [name: string, ...inner: string[]];

const atChat: Place = ["reasoning_effort"];
const atResponses: Place = ["reasoning", "effort"];
const atMessages: Place = ["output_config", "effort"];
const effortPlaces = [atChat, atResponses, atMessages];

const extraNames = ["additionalModelRequestFields", "additional_model_request_fields"];
const thinkingPlaces: readonly Place[] = [
  ["thinking"],
  ...extraNames.flatMap((name): Place[] => [
    [name, "thinking"],
    [name, "reasoning_config"],
  ]),
];
const allPlaces: readonly Place[] = [
  ...thinkingPlaces,
  ...effortPlaces,
  ...extraNames.flatMap((name): Place[] => [
    [name, "reasoningConfig"],
    ...effortPlaces.map((place): Place => [name, ...place]),
  ]),
];

/** The members under which all that stands. */
export const reasoningNames: readonly string[] = [...new Set(allPlaces.map(([name]) => name))];

/** The members without what those above them say about reasoning; the same members where these say nothing. */
export function withoutReasoning(members: JsonObject, above: JsonObject, spend?: Spend): JsonObject {
  return placesUnder(above).reduce((left, place) => withoutMember(left, place, spend), members);
}

/** A rule's own members: what they are, the config's writer chose. */
function without(rules: JsonObject, places: readonly Place[]): JsonObject {
  return places.reduce((left, place) => withoutMember(left, place), rules);
}

/** Adaptive thinking leaves open how much: an effort stands beside it. */
function placesUnder(above: JsonObject): readonly Place[] {
  const { thinking } = above;
  if (saysEffort(above)) return allPlaces;
  if (thinking === undefined) return [];
  return isJsonObject(thinking) && thinking["type"] === "adaptive" ? thinkingPlaces : allPlaces;
}

function saysEffort(members: JsonObject): boolean {
  return effortPlaces.some((place) => isSaid(members, place));
}

function isSaid(members: JsonObject, place: Place): boolean {
  return (valueAt(members, place) ?? null) !== null;
}

/** An object of which nothing is left goes too. */
function withoutMember(members: JsonObject, place: readonly string[], spend?: Spend): JsonObject {
  const left = withoutPlace(members, place, spend);
  const around = place.slice(0, -1);
  const holder = valueAt(left, around);
  const isEmptied = left !== members && around.length > 0 && isJsonObject(holder) && Object.keys(holder).length === 0;
  return isEmptied ? withoutMember(left, around, spend) : left;
}

/** Where rules are laid over a body. */
interface LaidOver {
  pathname: string;
  body: JsonObject;
  spend: Spend;
}

/** Defaults, without those that the caller has spoken about by another name. */
export function reasoningDefaults(defaults: JsonObject, over: LaidOver): JsonObject {
  const isSaidByEffort = saysEffort(over.body);
  const left = isSaidByEffort ? without(defaults, effortPlaces) : defaults;
  // At messages an effort does not say whether to think.
  return isSaidByEffort && effortPlaceAt(over.pathname) !== atMessages
    ? withoutMember(left, ["thinking"])
    : withEffortSpelled(left, over);
}

/** Overrides, in the names that the dialect reads. */
export function reasoningOverrides(overrides: JsonObject, over: LaidOver): JsonObject {
  const spelled = withEffortSpelled(overrides, over);
  const asked = over.body["thinking"];
  // There an effort alone asks for no thinking: a caller's own budget gives way to the effort, and not the thinking itself.
  return isSaid(spelled, atMessages) &&
    effortPlaceAt(over.pathname) === atMessages &&
    spelled["thinking"] === undefined &&
    isJsonObject(asked) &&
    asked["type"] !== "disabled"
    ? { ...spelled, thinking: { type: "adaptive" } }
    : spelled;
}

/** The effort under the name that the dialect reads, beside what the caller has in the same object. */
function withEffortSpelled(rules: JsonObject, { pathname, body, spend }: LaidOver): JsonObject {
  const own = effortPlaceAt(pathname);
  const others = effortPlaces.filter((place) => place !== own && isSaid(rules, place));
  const effort = others.map((place) => valueAt(rules, place))[0];
  if (effort === undefined) return rules;
  const members = without(rules, others);
  if (isSaid(rules, own)) return members;
  // Anthropic's efforts have no such step.
  if (own === atMessages && effort === "none") return { thinking: { type: "disabled" }, ...members };
  const [name, inner] = own;
  if (inner === undefined) return { ...members, [name]: effort };
  const held = asObject(body[name]) ?? {};
  spendCopy(held, spend);
  return { ...members, [name]: { ...held, ...asObject(members[name]), [inner]: effort } };
}

function asObject(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function effortPlaceAt(pathname: string): Place {
  if (pathname.startsWith("/v1/responses")) return atResponses;
  return pathname.startsWith("/v1/messages") ? atMessages : atChat;
}
