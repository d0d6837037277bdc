/**
 * The members of a form's body that differ from those of the body that it was opened with. The API changes what is named: what nobody touched
 * stays as it is there, and as somebody else saved it meanwhile.
 */
export function changedIn<Body extends object>(body: Body, before: Body): Partial<Body> {
  const earlier = new Map(Object.entries(before));
  const changed = Object.entries(body).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(earlier.get(name)),
  );
  return Object.fromEntries(changed) as Partial<Body>;
}
