import { Button } from "../../controls/button.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import type { Model } from "../models/catalog.ts";
import { ModelField } from "../models/model-field.tsx";
import { AnswerBody } from "./answer-body.tsx";
import { AnswerFacts } from "./answer-facts.tsx";
import type { Exchange, PlaygroundColumn } from "./columns.ts";
import type { Asked, ToolResult } from "./conversation.ts";
import { ToolResultFields } from "./tool-result-fields.tsx";

interface ColumnViewProps {
  column: PlaygroundColumn;
  models: readonly Model[];
  onModel: (model: string) => void;
  onCopy: () => void;
  /** Undefined while anything runs. */
  onResults: ((results: readonly ToolResult[]) => void) | undefined;
  onRemove: (() => void) | undefined;
}

export function ColumnView({ column, models, onModel, onCopy, onResults, onRemove }: ColumnViewProps) {
  const last = column.exchanges.at(-1);
  return (
    <section className="panel play-column" aria-label={`Column ${column.id}`}>
      <div className="play-head">
        <ModelField label="Model" value={column.model} onChange={onModel} />
        <Button icon="copy" onClick={onCopy} aria-label={`Copy as, column ${column.id}`}>
          Copy as
        </Button>
        {onRemove !== undefined && (
          <Button variant="quiet" icon="cross" aria-label={`Remove column ${column.id}`} onClick={onRemove} />
        )}
      </div>
      {last === undefined && <p className="soft">The answer appears here, as it comes.</p>}
      {column.exchanges.map((exchange, index) => (
        <ExchangeView
          key={index}
          exchange={exchange}
          model={column.model}
          models={models}
          isRunning={column.isRunning && exchange === last}
        />
      ))}
      {last !== undefined && !column.isRunning && last.error === undefined && last.answer.toolCalls.length > 0 && (
        <ToolResultFields key={column.exchanges.length} calls={last.answer.toolCalls} onSend={onResults} />
      )}
    </section>
  );
}

function askedText(asked: Asked): string {
  if (asked.kind === "results") return asked.results.map(({ name, content }) => `${name}: ${content}`).join("\n");
  const { content } = asked;
  if (typeof content === "string") return content;
  return content.map(({ text, file }) => text ?? file?.filename ?? "[image]").join("\n");
}

interface ExchangeProps {
  exchange: Exchange;
  model: string;
  models: readonly Model[];
  isRunning: boolean;
}

function ExchangeView({ exchange: { asked, answer, error }, model, models, isRunning }: ExchangeProps) {
  return (
    <div className="play-exchange">
      <p className="play-asked">{askedText(asked)}</p>
      <AnswerBody answer={answer} isRunning={isRunning} />
      {error !== undefined && <ErrorPanel error={error} />}
      {answer.totalMs !== undefined && <AnswerFacts answer={answer} model={model} models={models} />}
    </div>
  );
}
