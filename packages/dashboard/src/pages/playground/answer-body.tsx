import { CodeBlock, CopyButton } from "../../controls/copy.tsx";
import type { Answer } from "./chat-call.ts";

/** What a model said, as it comes: thinking apart, text, calls of tools, what AWS says beside. */
export function AnswerBody({ answer, isRunning }: { answer: Answer; isRunning: boolean }) {
  return (
    <>
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
      {Object.entries(answer.beside).map(([name, value]) => (
        <details key={name} className="more-fields">
          <summary>{name}</summary>
          <CodeBlock code={JSON.stringify(value, undefined, 2)} label={name} />
        </details>
      ))}
      {isRunning && (
        <p className="loading-line soft" role="status">
          <span className="spinner" aria-hidden="true" />{" "}
          {answer.firstMs === undefined ? "Waiting for the first word" : "Answering"}
        </p>
      )}
    </>
  );
}
