/** A prompt's content as its editor holds it. */
import type { Schemas } from "../../api/control.ts";

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

export function templateOf({ messages, raw }: PromptTerms): string {
  return messages === undefined ? raw : JSON.stringify(messages);
}

/** As the API takes it; what the form does not show stays as it is. @throws Error for parameters or tools that are no JSON */
export function contentOf(terms: PromptTerms) {
  const { model, virtualKey, parameters, tools, description, isRawTemplate } = terms;
  return {
    string: templateOf(terms),
    is_raw_template: isRawTemplate ? (1 as const) : (0 as const),
    model: model.trim() === "" ? null : model.trim(),
    virtual_key: virtualKey === "" ? null : virtualKey,
    parameters: parameters.trim() === "" ? {} : (JSON.parse(parameters) as Record<string, unknown>),
    tools: tools.trim() === "" ? null : (JSON.parse(tools) as Record<string, unknown>[]),
    ...(description.trim() !== "" && { version_description: description.trim() }),
  };
}

/** What a template asks its caller for: the first names of its tags, but not what partials ask for. */
export function variablesIn(template: string): string[] {
  const names = [...template.matchAll(/\{\{\{?\s*[#^&]?\s*([A-Za-z_][\w-]*)/g)].map(([, name = ""]) => name);
  return [...new Set(names)];
}

/** As people compare it: the messages apart, then the rest. */
export function textOf(content: Content): string {
  const rows = content.is_raw_template === 1 ? undefined : messagesIn(content.string);
  const template = rows?.map(({ role, content: text }) => `${role}:\n${text}`).join("\n\n") ?? content.string;
  const { model, virtual_key, parameters, tools } = content;
  return `${template}\n\n${JSON.stringify({ model, virtual_key, parameters, tools }, undefined, 2)}`;
}
