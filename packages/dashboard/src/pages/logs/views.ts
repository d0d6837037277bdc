import { logFilterIn, type LogFilter } from "./log-query.ts";

export interface KeptView {
  name: string;
  filter: LogFilter;
}

const place = "adit-log-views";

/** What the browser keeps is read like anything that others may have written. */
export function keptViews(): readonly KeptView[] {
  try {
    const read = JSON.parse(localStorage.getItem(place) ?? "[]") as unknown;
    if (!Array.isArray(read)) return [];
    return read.flatMap((one: unknown): KeptView[] => {
      if (typeof one !== "object" || one === null) return [];
      const { name, filter } = one as { name?: unknown; filter?: unknown };
      if (typeof name !== "string" || typeof filter !== "object" || filter === null) return [];
      return [{ name, filter: logFilterIn(filter as Record<string, unknown>) }];
    });
  } catch {
    return [];
  }
}

export function keepViews(views: readonly KeptView[]): void {
  localStorage.setItem(place, JSON.stringify(views));
}
