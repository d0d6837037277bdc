/** What has a name of the file's: ids are not known when it is written. */
import { wholeList, type ListPage } from "../../store/list-page.ts";

/** All of this name, the oldest first. Lists are searched for what holds it: in one such page of those it may not be. */
export async function allNamed<Each extends { id: string; name: string }>(
  name: string,
  list: (page: ListPage) => Promise<readonly Each[]>,
): Promise<Each[]> {
  const found = await wholeList((page) => list({ search: name, ...page }));
  return found.filter((each) => each.name === name);
}
