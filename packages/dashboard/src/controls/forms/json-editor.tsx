/** An editor of JSON: faults stand where they are. Tab leaves it, so that the keyboard is not caught. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, type Diagnostic } from "@codemirror/lint";
import { EditorState, StateEffect } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { getNonce } from "get-nonce";
import { useEffect, useLayoutEffect, useRef } from "react";
import { rangeOfPath } from "./json-place.ts";

export interface JsonFault {
  /** Such as `targets[1].weight`; the whole where it names no place in the text. */
  path: string;
  message: string;
  isWarning?: boolean;
}

interface JsonEditorProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  faults: readonly JsonFault[];
  /** A path to bring into view; another object does so again. */
  shown?: { path: string } | undefined;
  isReadOnly?: boolean;
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent-strong)" },
  { tag: tags.string, color: "var(--text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--info)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "var(--surface)", color: "var(--text)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", padding: "10px 0" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--text-soft)", border: "0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": {
    backgroundColor: "var(--accent-wash) !important",
  },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line)" },
});

export function JsonEditor({ label, value, onChange, faults, shown, isReadOnly = false }: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  changed.current = onChange;
  const known = useRef<readonly JsonFault[]>([]);
  useEffect(() => {
    if (place.current === null) return undefined;
    const view = new EditorView({
      parent: place.current,
      state: stateOf({ label, value, isReadOnly, changed, known }),
    });
    editor.current = view;
    return () => view.destroy();
    // The text that it begins with: what is typed is the editor's own from then on.
  }, [label, isReadOnly]);
  // Before another letter can be typed: later it would set the editor back to a text without that letter.
  useLayoutEffect(() => {
    const view = editor.current;
    if (view === undefined || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);
  // Faults are often made anew and seldom others.
  const told = JSON.stringify(faults);
  useEffect(() => {
    known.current = JSON.parse(told) as JsonFault[];
    editor.current?.dispatch({ effects: faultsChanged.of(null) });
  }, [told]);
  useEffect(() => {
    const view = editor.current;
    const range = view === undefined || shown === undefined ? undefined : rangeOfPath(view.state, shown.path);
    if (view === undefined || range === undefined) return;
    view.dispatch({ selection: { anchor: range.from, head: range.to } });
    // The editor alone is scrolled, and the focus stays: whoever pressed may be far down the page, and about to fill in a form.
    place.current?.scrollTo({ top: view.lineBlockAt(range.from).top });
  }, [shown]);
  return <div className="json-editor" ref={place} />;
}

interface Beginning {
  label: string;
  value: string;
  isReadOnly: boolean;
  changed: { current: (value: string) => void };
  known: { current: readonly JsonFault[] };
}

const faultsChanged = StateEffect.define();
const lintDelayMs = 150;

/** What is no JSON, and what the gateway says of what is. */
function faultMarks(known: Beginning["known"]) {
  const parse = jsonParseLinter();
  return linter((view) => [...parse(view), ...diagnosticsOf(view.state, known.current)], {
    delay: lintDelayMs,
    needsRefresh: ({ transactions }) =>
      transactions.some(({ effects }) => effects.some((effect) => effect.is(faultsChanged))),
  });
}

function stateOf({ label, value, isReadOnly, changed, known }: Beginning): EditorState {
  return EditorState.create({
    doc: value,
    extensions: [
      EditorView.cspNonce.of(getNonce() ?? ""),
      lineNumbers(),
      history(),
      bracketMatching(),
      json(),
      faultMarks(known),
      lintGutter(),
      syntaxHighlighting(colours),
      look,
      EditorView.lineWrapping,
      EditorState.readOnly.of(isReadOnly),
      EditorView.contentAttributes.of({ "aria-label": label }),
      keymap.of([...defaultKeymap, ...historyKeymap]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed.current(update.state.doc.toString());
      }),
    ],
  });
}

function diagnosticsOf(state: EditorState, faults: readonly JsonFault[]): Diagnostic[] {
  return faults.map(({ path, message, isWarning }) => ({
    ...(rangeOfPath(state, path) ?? { from: 0, to: Math.min(1, state.doc.length) }),
    message,
    severity: isWarning === true ? "warning" : "error",
  }));
}
