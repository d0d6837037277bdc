/**
 * A union as AWS's JSON carries it: an object with exactly one of the members set.
 * Narrow with `block.text !== undefined`.
 */
export type OneOf<Members> = {
  [Name in keyof Members]: { [Key in Name]: Members[Key] } & {
    [Other in Exclude<keyof Members, Name>]?: undefined;
  };
}[keyof Members];
