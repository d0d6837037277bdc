/** A call by a prompt: the body that it comes to, and what becomes of the config that steers it. */
import { AditError, parseModelName, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { ConfigNode } from "../routing/config/config-schema.ts";
import { laidOver } from "../routing/config/params.ts";
import type { IdentifiedConfig } from "../routing/dependencies.ts";
import { withoutGatewayFields } from "../routing/request/request-fields.ts";
import { fillMessages } from "./fill-prompt.ts";
import type { PromptWish } from "./prompt-wish.ts";
import type { FoundPrompt } from "./prompts.ts";
import { noSuchPrompt, type PromptSource } from "./stored-prompts.ts";
import { UsedPrompts, usedOf, type UsedPrompt } from "./used-prompts.ts";

export interface PromptedCall {
  /** Of a chat completion. */
  body: JsonObject;
  /** The body as text, for whoever counts what is sent. */
  text(): string;
  used: UsedPrompts;
  /**
   * The config with the prompt's virtual key where it names no credential itself, and with the prompts that its targets name in their
   * `prompt_id`. Rejects with AditError `not_stored` for one that is not there, `invalid_request` for one that cannot be filled.
   */
  intoConfig(config: IdentifiedConfig): Promise<IdentifiedConfig>;
}

/** Each is filled. */
const mostPrompts = 20;

/** Rejects with AditError: `not_found` or `not_stored` for a prompt that is not there, `invalid_request` for what cannot be filled. */
export async function promptedCall(wish: PromptWish, projectId: string, source: PromptSource): Promise<PromptedCall> {
  const maker = new CallMaker(wish, projectId, source);
  const prompt = await maker.find(wish.reference, wish.param);
  const own = await maker.bodyOf(prompt);
  const used = new UsedPrompts(usedOf(prompt), prompt.template);
  const body = laidOver(wish.beneath, own);
  return {
    body,
    text: () => JSON.stringify(body),
    used,
    intoConfig: async (config) => {
      const walk: ConfigWalk = { maker, prompt, own, used: used.byTarget, count: 0 };
      const root = await withPrompts(config.root, { path: "config", overrides: [] }, walk);
      return { ...config, root, dropped: [...config.dropped, ...wish.dropped] };
    },
  };
}

/** Finds and fills the prompts of one call. */
class CallMaker {
  readonly wish: PromptWish;
  readonly #projectId: string;
  readonly #source: PromptSource;

  constructor(wish: PromptWish, projectId: string, source: PromptSource) {
    this.wish = wish;
    this.#projectId = projectId;
    this.#source = source;
  }

  async find(reference: string, param: string | undefined): Promise<FoundPrompt> {
    const found = await this.#source.findPrompt(reference, this.#projectId);
    if (found !== undefined) return found;
    throw noSuchPrompt(reference, await this.#source.hint(reference, this.#projectId), param);
  }

  /** The prompt's fields, its messages, and what the call lays over them. */
  async bodyOf(prompt: FoundPrompt): Promise<JsonObject> {
    const { variables, overrides, appended } = this.wish;
    const findPartial = (reference: string) => this.#source.findPartial(reference, this.#projectId);
    const filled = await fillMessages(prompt, variables, findPartial);
    const messages = appended.length === 0 ? filled : [...filled, ...appended];
    return laidOver({ ...prompt.fields, messages }, overrides);
  }
}

interface ConfigWalk {
  maker: CallMaker;
  /** The call's own prompt, and its body. */
  prompt: FoundPrompt;
  own: JsonObject;
  used: Map<string, UsedPrompt>;
  count: number;
}

interface Position {
  path: string;
  /** What the nodes above lay over the body, the outermost first: merged where it is needed, for that takes time. */
  overrides: readonly JsonObject[];
}

async function withPrompts(node: ConfigNode, { path, overrides }: Position, walk: ConfigWalk): Promise<ConfigNode> {
  const { targets, override_params: own } = node;
  const laid = own === undefined ? overrides : [...overrides, own];
  if (targets !== undefined) {
    const below: ConfigNode[] = [];
    for (const [index, target] of targets.entries()) {
      below.push(await withPrompts(target, { path: `${path}.targets[${index}]`, overrides: laid }, walk));
    }
    return { ...node, targets: below };
  }
  const { prompt_id: reference, ...target } = node;
  if (reference === undefined) return withVirtualKey(target, walk.prompt, modelIn(laid) ?? walk.own["model"]);
  walk.count += 1;
  if (walk.count > mostPrompts) throw tooMany(path);
  const prompt = await walk.maker.find(reference, `${path}.prompt_id`);
  walk.used.set(path, usedOf(prompt));
  const merged = laid.reduce<JsonObject>((beneath, above) => laidOver(beneath, above), {});
  const params = laidOver(await paramsOf(prompt, walk), merged);
  return withVirtualKey({ ...target, override_params: params }, prompt, params["model"]);
}

/** The innermost that names one. */
function modelIn(overrides: readonly JsonObject[]): JsonValue | undefined {
  return overrides.findLast(({ model }) => model !== undefined)?.["model"];
}

/** Everything of the call's own prompt gives way: what the other does not have is taken out of the body. */
async function paramsOf(prompt: FoundPrompt, { maker, own }: ConfigWalk): Promise<JsonObject> {
  const body = withoutGatewayFields(await maker.bodyOf(prompt));
  const cleared = Object.keys(withoutGatewayFields(own)).map((name) => [name, undefined] as const);
  const params: JsonObject = { ...Object.fromEntries(cleared), ...body };
  // Whether it is a stream is the caller's to say, and a target without a model has the body's.
  delete params["stream"];
  if (params["model"] === undefined) delete params["model"];
  return params;
}

/** The prompt's own, unless the target or the model names another credential. */
function withVirtualKey(target: ConfigNode, { virtualKey }: FoundPrompt, model: unknown): ConfigNode {
  if (virtualKey === undefined) return target;
  const namesOther = target.virtual_key !== undefined || target.provider !== undefined || target.api_key !== undefined;
  if (namesOther || (typeof model === "string" && parseModelName(model).slug !== undefined)) return target;
  return { ...target, virtual_key: virtualKey };
}

function tooMany(path: string): AditError {
  return new AditError("invalid_config", `The config names more than ${mostPrompts} prompts.`, {
    param: `${path}.prompt_id`,
  });
}
