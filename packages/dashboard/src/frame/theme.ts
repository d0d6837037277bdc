/** Light, dark, or as the system has it. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const place = "adit-theme";

export function storedTheme(): Theme {
  const stored = inStorage((storage) => storage.getItem(place));
  return themes.find((theme) => theme === stored) ?? "system";
}

/** Undefined where the browser keeps nothing of this address, and throws at who asks for it: the page stands all the same. */
function inStorage<Result>(use: (storage: Storage) => Result): Result | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function keepTheme(theme: Theme): void {
  inStorage((storage) => storage.setItem(place, theme));
  applyTheme(theme);
}
