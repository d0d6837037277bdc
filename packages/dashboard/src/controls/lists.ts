/** Lists that come in pages. */
import { useInfiniteQuery } from "@tanstack/react-query";

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
}

/** As much of it as a table needs. */
export type ShownList<Entry> = Pick<LongList<Entry>, "data" | "error" | "refetch" | "hasMore" | "isLoading" | "more">;

export function useLongList<Entry>(
  queryKey: readonly unknown[],
  read: (after: string | undefined) => Promise<ListPage<Entry>>,
): LongList<Entry> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => read(pageParam),
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

/** Beyond these pages nobody looks through a choice. */
const mostPages = 50;

/** All entries, page after page: for choices, and for what must know every one. */
export async function everyEntry<Entry>(
  read: (after: string | undefined) => Promise<ListPage<Entry>>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let after: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const page = await read(after);
    entries.push(...page.data);
    after = page.has_more ? (page.last_id ?? undefined) : undefined;
    if (after === undefined) break;
  }
  return entries;
}
