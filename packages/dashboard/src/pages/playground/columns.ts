/** The columns of the playground: each has its model and its own side of the conversation. */
import { useEffect, useReducer, useRef } from "react";
import { callChat, emptyAnswer, type Answer, type ChatTurn } from "./chat-call.ts";
import { turnsOf, type Asked } from "./conversation.ts";
import { usePlaygroundKey } from "./playground-key.ts";
import { callFor, type ChatCall, type Settings } from "./settings.ts";

export interface Exchange {
  asked: Asked;
  answer: Answer;
  error: unknown;
}

export interface PlaygroundColumn {
  id: number;
  model: string;
  exchanges: readonly Exchange[];
  isRunning: boolean;
}

type Change =
  | { kind: "add"; model: string }
  | { kind: "remove"; id: number }
  | { kind: "model"; id: number; model: string }
  | { kind: "ask"; id: number; asked: Asked }
  | { kind: "answer"; id: number; answer: Answer }
  | { kind: "end"; id: number; error: unknown }
  | { kind: "clear" };

function newColumn(id: number, model: string): PlaygroundColumn {
  return { id, model, exchanges: [], isRunning: false };
}

function changedLast(column: PlaygroundColumn, part: Partial<Exchange>): PlaygroundColumn {
  const last = column.exchanges.at(-1);
  return last === undefined
    ? column
    : { ...column, exchanges: [...column.exchanges.slice(0, -1), { ...last, ...part }] };
}

function changed(
  column: PlaygroundColumn,
  change: Exclude<Change, { kind: "add" | "remove" | "clear" }>,
): PlaygroundColumn {
  switch (change.kind) {
    case "model":
      return { ...column, model: change.model };
    case "ask": {
      const exchange = { asked: change.asked, answer: emptyAnswer, error: undefined };
      return { ...column, isRunning: true, exchanges: [...column.exchanges, exchange] };
    }
    case "answer":
      return changedLast(column, { answer: change.answer });
    case "end":
      return { ...changedLast(column, { error: change.error }), isRunning: false };
  }
}

function reduce(columns: readonly PlaygroundColumn[], change: Change): readonly PlaygroundColumn[] {
  switch (change.kind) {
    case "add":
      return [...columns, newColumn(Math.max(0, ...columns.map(({ id }) => id)) + 1, change.model)];
    case "remove":
      return columns.filter(({ id }) => id !== change.id);
    case "clear":
      return columns.map(({ id, model }) => newColumn(id, model));
    case "model":
    case "ask":
    case "answer":
    case "end":
      return columns.map((column) => (column.id === change.id ? changed(column, change) : column));
  }
}

/** What a column would send for a question, after all that was said in it. @throws Error of {@link callFor} */
export function callOf({ model, exchanges }: PlaygroundColumn, asked: Asked, settings: Settings): ChatCall {
  const turns: ChatTurn[] = turnsOf(exchanges, asked);
  return callFor(model, turns, settings);
}

export function useColumns(firstModel: string) {
  const [columns, change] = useReducer(reduce, firstModel, (model) => [newColumn(1, model)]);
  const withKey = usePlaygroundKey();
  const running = useRef(new AbortController());
  // Who leaves the page reads no more of it, and pays for no more.
  useEffect(() => () => running.current.abort(), []);
  const ask = async (column: PlaygroundColumn, asked: Asked, settings: Settings, signal: AbortSignal) => {
    const { id } = column;
    change({ kind: "ask", id, asked });
    try {
      const { body, headers } = callOf(column, asked, settings);
      const onChange = (answer: Answer) => change({ kind: "answer", id, answer });
      await withKey((key) => callChat({ key, body, headers, signal, onChange }));
      change({ kind: "end", id, error: undefined });
    } catch (error) {
      change({ kind: "end", id, error });
    }
  };
  const askThese = async (chosen: readonly PlaygroundColumn[], asked: Asked, settings: Settings) => {
    running.current = new AbortController();
    const { signal } = running.current;
    await Promise.all(chosen.map((column) => ask(column, asked, settings, signal)));
  };
  return {
    columns,
    change,
    isRunning: columns.some((column) => column.isRunning),
    stop: () => running.current.abort(),
    ask: askThese,
  };
}
