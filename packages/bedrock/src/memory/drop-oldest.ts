/** Lets go of the entries that came first until `limit` are left. */
export function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= limit) {
      return;
    }
    map.delete(oldest);
  }
}
