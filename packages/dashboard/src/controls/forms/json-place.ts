/** Where in a text of JSON a path leads. */
import { ensureSyntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

const readMs = 200;

/** `targets[1].weight`, with or without `config.` before it: the deepest part of it that is in the text. Undefined where there is none. */
export function rangeOfPath(state: EditorState, path: string): { from: number; to: number } | undefined {
  const tree = ensureSyntaxTree(state, state.doc.length, readMs);
  let node = tree?.topNode.firstChild ?? undefined;
  if (node === undefined) return undefined;
  for (const step of path.replace(/^config\.?/, "").match(/[^.[\]]+/g) ?? []) {
    const next = memberOf(node, step, state);
    if (next === undefined) break;
    node = next;
  }
  return { from: node.from, to: node.to };
}

function memberOf(node: SyntaxNode, step: string, state: EditorState): SyntaxNode | undefined {
  if (node.name === "Array") {
    const values = childrenOf(node).filter(({ name }) => !["[", "]", ",", "⚠"].includes(name));
    return values[Number(step)];
  }
  const property = node
    .getChildren("Property")
    .find((one) => textOf(one.getChild("PropertyName"), state) === JSON.stringify(step));
  return property?.lastChild ?? undefined;
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

function textOf(node: SyntaxNode | null, state: EditorState): string {
  return node === null ? "" : state.sliceDoc(node.from, node.to);
}
