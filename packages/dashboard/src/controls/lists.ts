/** Lists that come in pages. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";

export interface ListPage<Entry> {
  data: Entry[];
  has_more: boolean;
  last_id: string | null;
  total?: number;
}

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
