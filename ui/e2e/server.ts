// A real server for the tests of a worker: its own folder and port, the interface as it is built into
// the program. `CODEX32_BIN` names the program; otherwise it is the debug build.
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const BIN = path.resolve(process.env.CODEX32_BIN ?? "../target/debug/codex32");

export class Server {
  readonly folder = mkdtempSync(path.join(tmpdir(), "codex32-e2e-"));
  url = "";
  private child: ChildProcess | null = null;

  async start() {
    // A server that comes back listens where it did.
    const listen = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const child = spawn(BIN, ["serve", "--listen", listen, "--json", "--allow-private-networks"], {
      cwd: this.folder,
      env: clean(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith("{")) continue;
      this.url = (JSON.parse(line) as { url: string }).url;
      return;
    }
    throw new Error("the server did not start");
  }

  /** Ends it at once, as a broken machine would. */
  async kill() {
    const child = this.child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    this.child = null;
  }

  async remove() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  cli(...args: string[]): string {
    const env = { ...clean(), CODEX32_URL: this.url };
    return execFileSync(BIN, args, { cwd: this.folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  deploy(definition: string) {
    writeFileSync(path.join(this.folder, "bot.yaml"), definition);
    this.cli("deploy", "bot.yaml");
  }

  /** Starts a run by hand; gives its id. */
  trigger(bot: string, input: unknown = {}): string {
    return this.cli("trigger", bot, "--input", JSON.stringify(input)).trim();
  }

  token(): string {
    return readFileSync(path.join(this.folder, "data", "owner-token"), "utf8").trim();
  }
}

/** Nothing of the machine's own settings reaches the server. */
function clean(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CODEX32_")));
}

/** How long a context may take to close; one that takes longer ends with its browser. */
const CLOSING_MS = 20_000;

export const test = base.extend<{ signedIn: Page }, { server: Server }>({
  // Headless Chromium sometimes never answers that a context is closed whose page navigates at that moment. What a
  // test has seen until then counts.
  context: async ({ browser }, use) => {
    const context = await browser.newContext();
    await use(context);
    let late: NodeJS.Timeout | undefined;
    const given = new Promise((resolve) => (late = setTimeout(resolve, CLOSING_MS)));
    await Promise.race([context.close(), given]);
    clearTimeout(late);
  },
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of what is wanted from it
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.remove();
    },
    { scope: "worker" },
  ],
  signedIn: async ({ page, server }, use) => {
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      // The policy that keeps foreign scripts out must not have anything to stop.
      if (/Content Security Policy/.test(message.text())) problems.push(message.text());
    });
    await page.goto(server.cli("sign-in-link").trim());
    await use(page);
    expect(problems).toEqual([]);
  },
});

export { expect };

export const WIDTHS = [
  { width: 360, height: 780 },
  { width: 1280, height: 860 },
  { width: 2560, height: 1300 },
];
export const SCHEMES = ["light", "dark"] as const;

/** Waits for three frames in a row in which no colour changes any more. */
async function settled() {
  for (let still = 0; still < 3; ) {
    await new Promise(requestAnimationFrame);
    const moving = document.getAnimations().some((each) => each instanceof CSSTransition && each.playState === "running");
    still = moving ? 0 : still + 1;
  }
}

/**
 * No violation of what axe knows, at each width, light and dark; and nothing that must be scrolled sideways. Pages without
 * a script are not `themed`: they follow the browser by style alone.
 */
export async function accessible(page: Page, { themed = true } = {}) {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const size of WIDTHS) {
      await page.setViewportSize(size);
      // Until the page has its new colours and places.
      if (themed) await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
      await page.evaluate(settled);
      const found = await new AxeBuilder({ page }).analyze();
      const where = `${new URL(page.url()).pathname} at ${size.width}, ${colorScheme}`;
      const violations = found.violations.map((violation) => ({ rule: violation.id, at: violation.nodes.map((node) => node.target.join(" ")), why: violation.nodes[0]?.failureSummary }));
      expect(violations, where).toEqual([]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(over, `${where}: wider than the window`).toBeLessThanOrEqual(0);
    }
  }
}
