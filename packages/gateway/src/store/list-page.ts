/** One page of a list. */
export interface ListPage {
  limit: number;
  /** Id behind which it begins. */
  after?: string | undefined;
  /** How many are passed over. */
  offset?: number | undefined;
  /** Part of the name, in any case of letters. */
  search?: string | undefined;
}

/** The text as a pattern of `like ... escape '\'` that finds it anywhere, in lower case. */
export function likePattern(text: string): string {
  return `%${text.toLowerCase().replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
