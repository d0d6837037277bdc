/** Answers held to the word of the document: whatever a test asks, what comes back has the shape that is published. */
import { describedRoutes } from "../../packages/gateway/src/admin/document/described-routes.ts";
import type { OperationTools } from "../../packages/gateway/src/admin/operations/all.ts";

// Only the tables are read: nothing behind them is called.
const operations = describedRoutes({} as OperationTools)
  .map((operation) => ({ ...operation, form: new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`) }))
  // A path that says more goes before one with more names in it.
  .toSorted((one, other) => one.path.split("{").length - other.path.split("{").length);

/** @throws Error where a successful answer is not of the shape that the document gives. */
export function checkAnswer(method: string, target: string, answer: { status: number; body: unknown }): void {
  const [path = ""] = target.split("?");
  const operation = operations.find((one) => one.method === method && one.form.test(path));
  if (operation === undefined || answer.status >= 300) return;
  if (answer.status !== operation.status) throw new Error(`${operation.id} answers ${answer.status}.`);
  const issues = operation.answer?.safeParse(answer.body)?.error?.issues;
  if (issues !== undefined) throw new Error(`${operation.id} answers out of shape: ${JSON.stringify(issues)}`);
}
