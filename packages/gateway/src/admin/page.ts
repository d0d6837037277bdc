/** Pages of lists: by a cursor, or by Portkey's page numbers. */
import { momentOf } from "./schemas/schema.ts";
import type { ListPage, VersionPage } from "../store/list-page.ts";

interface PageQuery {
  limit?: number | undefined;
  after?: string | undefined;
  page_size?: number | undefined;
  current_page?: number | undefined;
  search?: string | undefined;
  status?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  order?: "asc" | "desc" | undefined;
}

const usual = 50;

export function pageOf(query: PageQuery): ListPage & { limit: number } {
  const limit = query.limit ?? query.page_size ?? usual;
  return {
    limit,
    after: query.after,
    order: query.order,
    search: query.search,
    status: query.status,
    createdFrom: query.from,
    createdTo: query.to,
    offset: query.current_page === undefined ? undefined : query.current_page * limit,
  };
}

/** One entry more is asked for than is shown: by it the page knows whether there is another. */
export function oneMore(page: ListPage): ListPage {
  return { ...page, limit: page.limit + 1 };
}

/** The answer of a list from the entries of {@link oneMore}. */
export function pageAnswer<Entry extends { id: string }, Shown extends object>(
  entries: readonly Entry[],
  show: (entry: Entry) => Shown,
  { page, total }: { page: ListPage; total: number },
) {
  const shown = entries.slice(0, page.limit);
  return {
    object: "list",
    success: true,
    total,
    data: shown.map(show),
    has_more: entries.length > page.limit,
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
  };
}

/** The answer of a list that has one page. */
export function wholeAnswer(data: readonly { id: string }[]) {
  return {
    object: "list",
    success: true,
    total: data.length,
    data,
    has_more: false,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

interface Version {
  id: string;
  authorId: string | undefined;
  createdAt: number;
}

interface Versions<Each> {
  versions(id: string, page: VersionPage): Promise<Each[]>;
  countVersions(id: string): Promise<number>;
}

/** The answer of a page of an object's versions. */
export async function versionsPage<Each extends { id: string }, Shown extends object>(
  from: Versions<Each>,
  { id, query }: { id: string; query: PageQuery },
  show: (version: Each) => Shown,
) {
  const page = pageOf(query);
  const versions = await from.versions(id, oneMore(page));
  return pageAnswer(versions, show, { page, total: await from.countVersions(id) });
}

/** As versions of configs and guardrails are shown. */
export function versionShown<Each extends Version>({ authorId, createdAt, ...version }: Each) {
  return { ...version, created_by: authorId ?? null, created_at: momentOf(createdAt) };
}
