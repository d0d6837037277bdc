/** What a page shows in place of its data: loading, nothing yet, an error. */
import type { ReactNode } from "react";
import { asApiError } from "../api/api-error.ts";
import { Button } from "./button.tsx";
import { CopyText } from "./copy.tsx";
import { Icon, type IconName } from "./icon.tsx";

export function Loading({ what }: { what: string }) {
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>Loading {what} …</span>
    </div>
  );
}

/** Nothing is there yet: `children` says what it is good for, `action` is the next step. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <section className="empty">
      <span className="empty-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </section>
  );
}

/** Cause and remedy in the gateway's own words, and what to give to whoever looks into it. */
export function ErrorPanel({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const { message, code, param, requestId } = asApiError(error);
  return (
    <section className="error-panel" role="alert">
      <Icon name="warning" />
      <div>
        {title !== undefined && <h2>{title}</h2>}
        <p>{message}</p>
        <p className="error-facts">
          <a href={`/docs/errors.md`} target="_blank" rel="noreferrer">
            {code}
          </a>
          {param !== undefined && <code>{param}</code>}
          {requestId !== undefined && <CopyText text={requestId} label="request id" />}
        </p>
        {onRetry !== undefined && (
          <Button icon="refresh" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </section>
  );
}

export function Callout({ kind, children }: { kind: "info" | "warning" | "good"; children: ReactNode }) {
  return (
    <div className={`callout callout-${kind}`}>
      <Icon name={kind === "warning" ? "warning" : kind === "good" ? "check" : "start"} />
      <div>{children}</div>
    </div>
  );
}

interface Loaded<Data> {
  data: Data | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** A query's data, or what stands in its place. Data that could not be read anew, or read on, says so. */
export function Await<Data>({
  query,
  what,
  children,
}: {
  query: Loaded<Data>;
  what: string;
  children: (data: Data) => ReactNode;
}) {
  const { data, error } = query;
  const hasFailed = error !== null && error !== undefined;
  if (data === undefined && !hasFailed) return <Loading what={what} />;
  const title =
    data === undefined ? `No ${what}` : `It could not be read anew: what stands here of ${what} may be old, or not all`;
  return (
    <>
      {hasFailed && <ErrorPanel error={error} title={title} onRetry={() => void query.refetch()} />}
      {data !== undefined && children(data)}
    </>
  );
}
