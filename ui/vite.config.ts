import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` speaks to a server that runs beside it; sign in with a link of that server, opened on
// this port (`codex32 sign-in-link`).
const server = process.env.CODEX32_URL ?? "http://127.0.0.1:8032";
const proxy = Object.fromEntries(
  ["/api", "/v1", "/hooks", "/health", "/sign-in", "/oauth"].map((path) => [path, { target: server }]),
);

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy },
  preview: { proxy },
  build: {
    target: "es2022",
    // A data: address would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Every page needs these: in two files rather than in twenty, each of which costs the browser a millisecond.
        codeSplitting: {
          groups: [
            { name: "vendor", test: /node_modules[\\/](react|react-dom|scheduler|openapi-fetch|use-sync-external-store|@tanstack)[\\/]/ },
            { name: "common", test: /src[\\/](api|lib|components[\\/](badge|boundary|button|code|feedback|field|mark|markdown|page|time))|lucide-react/ },
          ],
        },
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
