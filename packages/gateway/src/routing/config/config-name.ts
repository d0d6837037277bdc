/** Portkey's clients name a config by the id that they got for it too. */
const idForm = /^pc_[0-9a-f-]{36}$/;
const slugForm = /^pc-[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$/;

/** True for what has the form of a saved config's slug. */
export function isConfigSlug(text: string): boolean {
  return slugForm.test(text);
}

/** True for what may name a saved config: its slug or its id. What a caller sends in that place may be anything else, a secret too. */
export function isConfigName(text: string): boolean {
  return slugForm.test(text) || idForm.test(text);
}
