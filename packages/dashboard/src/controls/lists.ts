/** Lists that come in pages. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import type { ListPage } from "../api/list-page.ts";

export interface LongList<Entry> {
  /** Undefined until the first page is there. */
  data: { entries: Entry[]; total: number | undefined } | undefined;
  error: unknown;
  refetch: () => unknown;
  hasMore: boolean;
  isLoading: boolean;
  more: () => void;
  /** Gives up what is being loaded. */
  stop: () => void;
}

/** As much of it as a table needs. */
export type ShownList<Entry> = Pick<LongList<Entry>, "data" | "error" | "refetch" | "hasMore" | "isLoading" | "more">;

export function useLongList<Entry>(
  queryKey: readonly unknown[],
  read: (after: string | undefined, signal: () => AbortSignal) => Promise<ListPage<Entry>>,
): LongList<Entry> {
  const queries = useQueryClient();
  const query = useInfiniteQuery({
    queryKey,
    // Asked for its signal, a question is broken off when nobody shows its answer any more.
    queryFn: (context) => read(context.pageParam, () => context.signal),
    initialPageParam: undefined as string | undefined,
    refetchOnMount: "always",
    getNextPageParam: (page) => (page.has_more ? (page.last_id ?? undefined) : undefined),
  });
  const pages = query.data?.pages;
  return {
    data: pages && { entries: pages.flatMap(({ data }) => data), total: pages[0]?.total },
    error: query.error,
    refetch: () => query.refetch(),
    hasMore: query.hasNextPage,
    isLoading: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    stop: () => void queries.cancelQueries({ queryKey }),
  };
}

/** A list that is there whole, as one that comes in pages. */
export function wholeList<Entry>(entries: Entry[] | undefined): Omit<ShownList<Entry>, "error" | "refetch"> {
  return {
    data: entries && { entries, total: entries.length },
    hasMore: false,
    isLoading: false,
    more: () => {},
  };
}
