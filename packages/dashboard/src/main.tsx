/** The dashboard: starts it in the page. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/api-error.ts";
import { Control, ControlProvider } from "./api/control.ts";
import { MessagesProvider } from "./controls/messages.tsx";
import { applyTheme, storedTheme } from "./frame/theme.ts";
import { router } from "./router.tsx";
import { ended, renewalOf, sessionKey, type Session } from "./session/session.ts";
import "./styles/all.css";

applyTheme(storedTheme());
// Dialogs add a style element of their own: the page's policy lets it through by this.
setNonce(document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "");

const control = new Control();
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 1 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});
control.renewal = () => renewalOf(control, queries);
control.onSignedOut(() => {
  control.identity = {};
  queries.setQueryData<Session | null>(sessionKey, ended);
});

const place = document.getElementById("root");
if (place === null) throw new Error("The page has no place for the dashboard.");
createRoot(place).render(
  <StrictMode>
    <ControlProvider value={control}>
      <QueryClientProvider client={queries}>
        <MessagesProvider>
          <RouterProvider router={router} />
        </MessagesProvider>
      </QueryClientProvider>
    </ControlProvider>
  </StrictMode>,
);
