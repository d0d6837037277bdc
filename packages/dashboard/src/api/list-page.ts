/** Pages of a list, as the control API gives them. */
export interface ListPage<Entry> {
  data: Entry[];
  has_more: boolean;
  last_id: string | null;
  total?: number;
}

/** Beyond these pages nobody looks through a choice. */
const mostPages = 50;
const mostOfPage = 100;

/** All entries, page after page: for choices, and for what must know every one. `read` is given what a query says of the page. */
export async function everyEntry<Entry>(
  read: (page: { limit: number; after?: string }) => Promise<ListPage<Entry>>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let last: string | null = null;
  for (let count = 0; count < mostPages; count += 1) {
    const { data, has_more, last_id } = await read({ limit: mostOfPage, ...(last !== null && { after: last }) });
    entries.push(...data);
    last = has_more ? last_id : null;
    if (last === null) break;
  }
  return entries;
}
