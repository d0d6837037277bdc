/** A prompt's content as its editor holds it. */
import type { Schemas } from "../../api/control.ts";
import { exactJson } from "../../controls/forms/exact-json.ts";
import { jsonOf } from "../../controls/forms/form-text.ts";

export interface MessageRow {
  role: string;
  content: string;
}

export interface PromptTerms {
  name: string;
  model: string;
  virtualKey: string;
  /** Undefined: the template is no list of plain messages, and is edited as `raw`. */
  messages: readonly MessageRow[] | undefined;
  raw: string;
  isRawTemplate: boolean;
  /** JSON. */
  parameters: string;
  tools: string;
  description: string;
}

type Content = Pick<Schemas["Prompt"], "string" | "model" | "virtual_key" | "parameters" | "tools" | "is_raw_template">;
/** What a version says beside that, which the form does not show. */
type WholeContent = Content & Pick<Schemas["Prompt"], "functions" | "tool_choice" | "template_metadata">;

export const newTerms: PromptTerms = {
  name: "",
  model: "us.amazon.nova-lite-v1:0",
  virtualKey: "",
  messages: [
    { role: "system", content: "You answer in one sentence." },
    { role: "user", content: "What is {{thing}}?" },
  ],
  raw: "",
  isRawTemplate: false,
  parameters: '{\n  "max_tokens": 300\n}',
  tools: "",
  description: "",
};

/** Messages of a role and a text alone: what the rows can hold. */
export function messagesIn(template: string): MessageRow[] | undefined {
  let read: unknown;
  try {
    read = JSON.parse(template);
  } catch {
    return undefined;
  }
  if (!Array.isArray(read)) return undefined;
  const rows = read.flatMap((one: unknown): MessageRow[] => {
    if (typeof one !== "object" || one === null) return [];
    const { role, content, ...more } = one as { role?: unknown; content?: unknown };
    const isPlain = typeof role === "string" && typeof content === "string" && Object.keys(more).length === 0;
    return isPlain ? [{ role, content }] : [];
  });
  return rows.length === read.length ? rows : undefined;
}

export function termsOf(name: string, content: Content): PromptTerms {
  const isRawTemplate = content.is_raw_template === 1;
  return {
    name,
    model: content.model ?? "",
    virtualKey: content.virtual_key ?? "",
    messages: isRawTemplate ? undefined : messagesIn(content.string),
    raw: content.string,
    isRawTemplate,
    parameters: JSON.stringify(content.parameters, undefined, 2),
    tools: content.tools === null ? "" : JSON.stringify(content.tools, undefined, 2),
    description: "",
  };
}

/** Messages that nobody changed stay as they were written: written anew they would be another version. */
export function templateOf({ messages, raw }: PromptTerms): string {
  if (messages === undefined) return raw;
  const written = JSON.stringify(messages);
  return written === JSON.stringify(messagesIn(raw)) ? raw : written;
}

/** As the API takes it; what the form does not show stays as it is. @throws ApiError for parameters or tools that are no JSON */
export function contentOf(terms: PromptTerms) {
  const { model, virtualKey, parameters, tools, description, isRawTemplate } = terms;
  return {
    string: templateOf(terms),
    is_raw_template: isRawTemplate ? (1 as const) : (0 as const),
    model: model.trim() === "" ? null : model.trim(),
    virtual_key: virtualKey === "" ? null : virtualKey,
    parameters: parameters.trim() === "" ? {} : (jsonOf(parameters, "Parameters") as Record<string, unknown>),
    tools: tools.trim() === "" ? null : (jsonOf(tools, "Tools") as Record<string, unknown>[]),
    ...(description.trim() !== "" && { version_description: description.trim() }),
  };
}

/** A variable that a template asks its caller for. */
export interface Asked {
  name: string;
  /** It is a list, a flag or an object: a section goes through it, or a member of it is named. */
  isShaped: boolean;
}

/** What a tag begins with, of those whose name is a variable's: a partial by its slug, a section's end and a comment ask for none. */
const markForm = /^(?:>\s*>|[#^&{/>!=])/;
const namesNoVariable: ReadonlySet<string> = new Set(["/", ">", "!", "="]);

/**
 * By the first names of the tags, but not what partials ask for; `{{>>name}}` asks for a partial's slug. A name inside a section may be of its
 * entries, or the caller's.
 */
export function variablesIn(template: string): Asked[] {
  const asked = new Map<string, boolean>();
  for (const tag of tagsIn(template)) {
    const [mark = ""] = markForm.exec(tag) ?? [];
    const path = unescaped(tag.slice(mark.length).trim());
    if (namesNoVariable.has(mark) || path === "" || path === ".") continue;
    const hasMember = !mark.startsWith(">") && path.indexOf(".") > 0;
    const name = hasMember ? path.slice(0, path.indexOf(".")) : path;
    asked.set(name, mark === "#" || mark === "^" || hasMember || asked.get(name) === true);
  }
  return [...asked].map(([name, isShaped]) => ({ name, isShaped }));
}

/** What stands between the braces of each. By a pattern some hundred blanks behind an open one would take minutes. */
function* tagsIn(template: string): Generator<string> {
  let start = template.indexOf("{{");
  while (start !== -1) {
    const end = template.indexOf("}", start);
    if (end === -1) return;
    const isTag = template[end + 1] === "}";
    if (isTag) yield template.slice(start + 2, end).trim();
    start = template.indexOf("{{", isTag ? end + 2 : end);
  }
}

/** Templates are JSON, in which clients write letters beyond ASCII as escapes. */
function unescaped(name: string): string {
  if (!name.includes("\\")) return name;
  try {
    return JSON.parse(`"${name}"`) as string;
  } catch {
    return name;
  }
}

/** The partials that a template names, `slug` or `slug@version`. */
export function partialsIn(template: string): string[] {
  return [...new Set([...template.matchAll(/\{\{\s*>\s*([\w@.-]+)/g)].map(([, name = ""]) => name))];
}

/** What a field of such a variable means: JSON for one with a shape, where it is JSON. */
export function valueOf({ isShaped }: Asked, text: string): unknown {
  if (!isShaped) return text;
  try {
    return exactJson(text);
  } catch {
    return text;
  }
}

/** As people compare it: the messages apart, then the rest. */
export function textOf(content: WholeContent): string {
  const rows = content.is_raw_template === 1 ? undefined : messagesIn(content.string);
  const template = rows?.map(({ role, content: text }) => `${role}:\n${text}`).join("\n\n") ?? content.string;
  const { model, virtual_key, parameters, tools, functions, tool_choice, template_metadata } = content;
  const rest = {
    model,
    virtual_key,
    parameters,
    tools,
    ...(functions !== null && { functions }),
    ...(tool_choice !== null && { tool_choice }),
    ...(template_metadata !== null && { template_metadata }),
  };
  return `${template}\n\n${JSON.stringify(rest, undefined, 2)}`;
}
