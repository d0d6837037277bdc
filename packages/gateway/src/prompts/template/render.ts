/**
 * Fills a template. Values come from what the caller sent, by own properties of plain objects alone: no prototype, no function, nothing
 * else of the program is in reach. Bounded in steps, depth and size.
 */
import { AditError, type JsonObject, type JsonValue } from "@adit/bedrock";
import { indentedLength, indentedTemplate, type Path, type Template, type TemplateNode } from "./template.ts";

/** How many characters come out at most. */
const longestRendered = 8 * 1024 * 1024;
const mostSteps = 1_000_000;
/** Partials in one another. */
const deepestPartials = 20;

export interface RenderInput {
  variables: JsonObject;
  /** The partials that were found, by the name that the template has for them. */
  partials: ReadonlyMap<string, Template>;
  /** True: the template is JSON, and stays JSON whatever the values are. */
  isJson: boolean;
}

/** @throws AditError `invalid_request` for a partial that is missing, or what comes out too long. */
export function renderTemplate(template: Template, input: RenderInput): string {
  const rendering = new Rendering(input);
  rendering.render(template.nodes, { view: input.variables, outer: undefined });
  return rendering.text;
}

/** A value at hand, and those around it. */
interface Scope {
  view: JsonValue | undefined;
  outer: Scope | undefined;
}

class Rendering {
  readonly #input: RenderInput;
  readonly #place: JsonPlace | undefined;
  /** Within a partial that stands in a string of the JSON: its own text is a string's too. */
  #isQuoted = false;
  #steps = 0;
  #partialDepth = 0;
  #length = 0;
  readonly #pieces: string[] = [];
  /** By their blanks and name. */
  readonly #indentedPartials = new Map<string, Template>();

  constructor(input: RenderInput) {
    this.#input = input;
    this.#place = input.isJson ? new JsonPlace() : undefined;
  }

  get text(): string {
    return this.#pieces.join("");
  }

  render(nodes: readonly TemplateNode[], scope: Scope): void {
    for (const node of nodes) {
      this.#step(1);
      switch (node.kind) {
        case "text":
          this.#addText(node.text);
          break;
        case "value":
          this.#addValue(this.#valueAt(node.path, scope));
          break;
        case "section":
          this.#section(node, scope);
          break;
        case "partial":
          this.#partial(node.name, node.indentation, scope);
          break;
        case "variable-partial":
          this.#partial(this.#slugIn(node.variable), node.indentation, scope);
      }
    }
  }

  #step(count: number): void {
    this.#steps += count;
    if (this.#steps > mostSteps) throw tooMuch(`takes more than ${mostSteps} steps`);
  }

  /** From the value at hand outwards: the first that has the whole path. A long way is many steps. */
  #valueAt(path: Path, scope: Scope): JsonValue | undefined {
    if (path.length === 0) return scope.view;
    const last = path.length - 1;
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
      this.#step(path.length);
      let holder = at.view;
      for (let index = 0; index < last; index += 1) holder = memberOf(holder, path[index] ?? "");
      const name = path[last] ?? "";
      if (hasMember(holder, name)) return memberOf(holder, name);
    }
    return undefined;
  }

  #section({ path, isInverted, nodes }: Extract<TemplateNode, { kind: "section" }>, scope: Scope): void {
    const value = this.#valueAt(path, scope);
    const isNothing = isFalse(value) || (Array.isArray(value) && value.length === 0);
    if (isInverted) {
      if (isNothing) this.render(nodes, scope);
    } else if (Array.isArray(value)) {
      for (const view of value) {
        // An entry is a step also where the section holds nothing.
        this.#step(1);
        this.render(nodes, { view, outer: scope });
      }
    } else if (!isNothing) {
      this.render(nodes, value === true ? scope : { view: value, outer: scope });
    }
  }

  #partial(name: string, indentation: string, scope: Scope): void {
    const partial = this.#indented(name, indentation);
    if (partial === undefined) throw missingPartials([name]);
    if (this.#partialDepth === deepestPartials)
      throw tooMuch(`has partials in one another more than ${deepestPartials} deep`);
    this.#place?.checkOpen();
    const wasQuoted = this.#isQuoted;
    this.#isQuoted ||= this.#place?.isInString === true;
    this.#partialDepth += 1;
    this.render(partial.nodes, scope);
    this.#partialDepth -= 1;
    this.#isQuoted = wasQuoted;
  }

  /** Blanks of a text are the text's own; those of JSON, where a tag has a line for itself, say nothing. */
  #indented(name: string, indentation: string): Template | undefined {
    const partial = this.#input.partials.get(name);
    if (partial === undefined || indentation === "" || this.#place !== undefined) return partial;
    const key = `${indentation}\n${name}`;
    const known = this.#indentedPartials.get(key);
    if (known !== undefined) return known;
    // It is read again, which takes as long as it becomes.
    this.#step(indentedLength(partial, indentation));
    const indented = indentedTemplate(partial, indentation);
    this.#indentedPartials.set(key, indented);
    return indented;
  }

  #slugIn(variable: string): string {
    return slugOfVariable(this.#input.variables, variable) ?? "";
  }

  #addText(text: string): void {
    if (this.#isQuoted) {
      this.#add(escaped(text));
      return;
    }
    this.#place?.pass(text);
    this.#add(text);
  }

  /** In a string of the JSON the value is part of it; elsewhere in JSON it is a whole value of its own. */
  #addValue(value: JsonValue | undefined): void {
    this.#place?.checkOpen();
    if (this.#place === undefined) this.#add(textOf(value));
    else if (this.#isQuoted || this.#place.isInString) this.#add(escaped(textOf(value)));
    else this.#add(JSON.stringify(value ?? null));
  }

  #add(piece: string): void {
    this.#length += piece.length;
    if (this.#length > longestRendered) throw tooMuch(`comes to more than ${longestRendered} characters`);
    this.#pieces.push(piece);
  }
}

/** Whether the end of a JSON text, as far as it is written, lies in a string. */
class JsonPlace {
  isInString = false;
  #isEscaped = false;

  /** A value behind a lone backslash would begin with what the backslash takes away: its quote would end the string. */
  checkOpen(): void {
    if (!this.#isEscaped) return;
    throw new AditError("invalid_request", "The prompt's template has a tag right after a backslash.", {
      param: "string",
      remedy: "Write two backslashes, or none, before the tag.",
    });
  }

  pass(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (character === '"') this.isInString = !this.isInString;
      else if (character === "\\") this.#isEscaped = this.isInString;
    }
  }
}

function hasMember(value: JsonValue | undefined, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return hasMember(value, name) ? (value as JsonObject)[name] : undefined;
}

function isFalse(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === false || value === "" || value === 0;
}

/** Texts as they are, nothing for what is not there, JSON for the rest. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The slug that a variable holds for `{{>>variable}}`. */
export function slugOfVariable(variables: JsonObject, variable: string): string | undefined {
  const slug = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
  return typeof slug === "string" && slug !== "" ? slug : undefined;
}

/** The first words are Portkey's. */
export function missingPartials(names: readonly string[]): AditError {
  return new AditError(
    "invalid_request",
    `Missing prompt partials: ${names.map((name) => name.slice(0, 80)).join(", ")}.`,
    {
      param: "variables",
      remedy: "Make the partial, or take it out of the template.",
    },
  );
}

function tooMuch(words: string): AditError {
  return new AditError("invalid_request", `The prompt, filled with these variables, ${words}.`, {
    param: "variables",
    remedy: "Send fewer or shorter variables, or have the template repeat less.",
  });
}
