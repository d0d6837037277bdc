/** Spans of a trace in the order of its tree: each behind its parent, what has the same parent in the order of time. Pure. */
import type { Span } from "./span.ts";

export interface TreeSpan {
  span: Span;
  /** 0: its parent is not among the spans, or it has none. */
  depth: number;
}

/** Ids come from callers: one may stand there twice, or be its own ancestor. Every span is in the tree once all the same. */
export function treeOf(spans: readonly Span[]): TreeSpan[] {
  const inOrder = spans.toSorted((one, other) => one.startedAt - other.startedAt);
  const ids = new Set(inOrder.map(({ spanId }) => spanId));
  const children = childrenOf(inOrder);
  const isRoot = ({ parentSpanId }: Span): boolean => parentSpanId === undefined || !ids.has(parentSpanId);
  const seen = new Set<Span>();
  const tree: TreeSpan[] = [];
  // Behind the roots those that only a circle holds.
  for (const root of [...inOrder.filter(isRoot), ...inOrder]) {
    const open: TreeSpan[] = [{ span: root, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next.span)) continue;
      seen.add(next.span);
      tree.push(next);
      const { span, depth } = next;
      const below = children.get(span.spanId) ?? [];
      for (const child of below.toReversed()) open.push({ span: child, depth: depth + 1 });
    }
  }
  return tree;
}

function childrenOf(spans: readonly Span[]): Map<string, Span[]> {
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    const { parentSpanId = "" } = span;
    const siblings = children.get(parentSpanId);
    if (siblings === undefined) children.set(parentSpanId, [span]);
    else siblings.push(span);
  }
  return children;
}
