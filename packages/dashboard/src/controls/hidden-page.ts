import { createContext } from "react";

/** True where the page is hidden: its dialogs stand beside it in the document, and are hidden by this. */
export const HiddenPage = createContext(false);
