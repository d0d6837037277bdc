/** YAML as people write it for `adit apply`: what would be read as something else than stands there is refused. */
import { AditError } from "@adit/bedrock";
import { isAlias, isScalar, LineCounter, parseDocument, visit, type Alias, type Node, type Scalar } from "yaml";

/** @throws AditError `invalid_request` with the line of what is wrong. */
export function parsedYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  // `<<` is of YAML 1.1, and people write it: as a plain name it would take what it stands for out of the object around it.
  const document = parseDocument(text, { lineCounter, merge: true });
  const placeOf = (at: number): string => {
    const { line, col } = lineCounter.linePos(at);
    return `line ${line}, column ${col}`;
  };
  // A tag that is not YAML's own is a warning: its value would stand there without it.
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    throw new AditError("invalid_request", `The file is not YAML: ${placeOf(fault.pos[0])} (${fault.code}).`, {
      remedy: "Mend the line.",
    });
  }
  const placeOfNode = ({ range }: Node): string => placeOf(range?.[0] ?? 0);
  const checkNumber = (node: Scalar): void => {
    const { value } = node;
    if (typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return;
    throw new AditError("invalid_request", `The number at ${placeOfNode(node)} cannot be kept as it is written.`, {
      remedy: "Write it as text where the field takes one.",
    });
  };
  // An alias stands for the last anchor of its name before it. The library's own look-up goes over the whole file for each alias.
  const anchored = new Map<string, Node>();
  const checkAlias = (node: Alias, path: readonly unknown[]): void => {
    const meant = anchored.get(node.source);
    if (meant === undefined || !path.includes(meant)) return;
    throw new AditError("invalid_request", `The alias at ${placeOfNode(node)} stands for what it is in.`, {
      remedy: "Write out what it is to stand for.",
    });
  };
  visit(document, {
    Node: (_key, node, path) => {
      if (isAlias(node)) checkAlias(node, path);
      else if (node.anchor !== undefined) anchored.set(node.anchor, node);
      if (isScalar(node)) checkNumber(node);
    },
  });
  try {
    // Aliases that multiply are a known attack. Thousands of objects may each have one base merged in.
    return document.toJS({ maxAliasCount: 10_000 }) as unknown;
  } catch (cause) {
    throw new AditError(
      "invalid_request",
      "The aliases of the file (*name) stand for too much, or for nothing, or a merge (<<) for no object.",
      {
        cause,
        remedy: "Write out what they stand for, or use fewer.",
      },
    );
  }
}
