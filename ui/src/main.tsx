import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { startTransition, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient, serverQuery } from "./api/queries";
import "./app.css";
import { applyTheme, watchSystemTheme } from "./lib/theme";
import { router } from "./router";

/** How long the first drawing waits for what belongs on it, in milliseconds. */
const PATIENCE = 400;

applyTheme();
watchSystemTheme();

const root = document.getElementById("root");
if (root) {
  // The page and who looks at it are asked for at once, and drawn once: not "loading", then a frame, then a page.
  const ready = Promise.all([queryClient.prefetchQuery(serverQuery), router.load()]);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  void Promise.race([ready, late]).finally(() => {
    // In small pieces, so that nothing that is pressed meanwhile waits.
    startTransition(() =>
      createRoot(root).render(
        <StrictMode>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </StrictMode>,
      ),
    );
  });
}
