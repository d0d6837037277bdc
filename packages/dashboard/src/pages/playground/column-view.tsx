import { Button } from "../../controls/button.tsx";
import { CodeBlock, CopyButton } from "../../controls/copy.tsx";
import { TextField } from "../../controls/field.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import type { Model } from "../models/catalog.ts";
import { AnswerFacts } from "./answer-facts.tsx";
import type { Part } from "./chat-call.ts";
import type { Exchange, PlaygroundColumn } from "./columns.ts";

interface ColumnViewProps {
  column: PlaygroundColumn;
  models: readonly Model[];
  onModel: (model: string) => void;
  onRemove: (() => void) | undefined;
}

export function ColumnView({ column, models, onModel, onRemove }: ColumnViewProps) {
  return (
    <section className="panel play-column" aria-label={`Column ${column.id}`}>
      <div className="play-head">
        <TextField label="Model" className="mono" list="play-models" value={column.model} onChange={onModel} />
        {onRemove !== undefined && (
          <Button variant="quiet" icon="cross" aria-label={`Remove column ${column.id}`} onClick={onRemove} />
        )}
      </div>
      {column.exchanges.length === 0 && <p className="soft">The answer appears here, as it comes.</p>}
      {column.exchanges.map((exchange, index) => (
        <ExchangeView
          key={index}
          exchange={exchange}
          model={column.model}
          models={models}
          isRunning={column.isRunning && index === column.exchanges.length - 1}
        />
      ))}
    </section>
  );
}

function askedText(asked: string | Part[]): string {
  if (typeof asked === "string") return asked;
  return asked.map(({ text, file }) => text ?? file?.filename ?? "[image]").join("\n");
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
      {answer.thinking !== "" && (
        <details className="play-thinking" open={isRunning && answer.text === ""}>
          <summary>Thinking</summary>
          <p>{answer.thinking}</p>
        </details>
      )}
      {answer.text !== "" && (
        <div className="play-answer">
          <p>{answer.text}</p>
          <CopyButton text={answer.text} label="the answer" />
        </div>
      )}
      {answer.toolCalls.map((call, index) => (
        <CodeBlock key={index} code={`${call.name}(${call.arguments})`} label={`the call of ${call.name}`} />
      ))}
      {isRunning && (
        <p className="loading-line soft" role="status">
          <span className="spinner" aria-hidden="true" />{" "}
          {answer.firstMs === undefined ? "Waiting for the first word" : "Answering"}
        </p>
      )}
      {error !== undefined && <ErrorPanel error={error} />}
      {answer.totalMs !== undefined && <AnswerFacts answer={answer} model={model} models={models} />}
    </div>
  );
}
