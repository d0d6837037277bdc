/** What has a name of the file's: ids are not known when it is written. */
import type { ListPage } from "../../store/list-page.ts";

const pageSize = 1_000;

/** All of this name, the oldest first. Lists are searched for what holds it: in one such page of those it may not be. */
export async function allNamed<Each extends { id: string; name: string }>(
  name: string,
  list: (page: ListPage) => Promise<readonly Each[]>,
): Promise<Each[]> {
  const named: Each[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: pageSize, search: name, ...(after !== undefined && { after }) });
    named.push(...page.filter((each) => each.name === name));
    after = page.length < pageSize ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
  return named;
}
