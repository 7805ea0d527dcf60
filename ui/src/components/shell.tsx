// What is around every page: navigation, the palette, notices.
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Menu, Plus, Search, X } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { cx } from "../lib/classes";
import { PLACES } from "../lib/places";
import { buttonClass, IconButton } from "./button";
import { Boundary } from "./boundary";
import { Notices } from "./feedback";
import { Mark } from "./mark";

const loadPalette = () => import("./palette");
const Palette = lazy(loadPalette);

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const PALETTE_KEYS = isMac ? "⌘K" : "Ctrl K";

export function Shell() {
  const [palette, setPalette] = useState<boolean>();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // Open at this address: going elsewhere closes it.
  const [menuAt, setMenuAt] = useState<string | null>(null);
  const menu = menuAt === path;
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // Half of the way to the palette.
      if (event.key === "Control" || event.key === "Meta") void loadPalette();
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette((open) => !open);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  // Whoever goes to a page with the keyboard or a screen reader begins at its top.
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="absolute top-2 left-2 z-50 -translate-y-20 rounded-lg bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 flex items-center justify-between gap-2 border-b border-line bg-page px-4 py-2 lg:hidden">
        <Link to="/" aria-label="Codex-32, new bot">
          <Mark />
        </Link>
        <div className="flex gap-1">
          <IconButton label="Search and commands" onClick={() => setPalette(true)}>
            <Search aria-hidden size={19} />
          </IconButton>
          <IconButton label={menu ? "Close the menu" : "Open the menu"} aria-expanded={menu} onClick={() => setMenuAt(menu ? null : path)}>
            {menu ? <X aria-hidden size={20} /> : <Menu aria-hidden size={20} />}
          </IconButton>
        </div>
      </header>
      <nav
        aria-label="Places"
        className={cx(
          "z-20 border-line lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:gap-5 lg:overflow-y-auto lg:border-r lg:px-3 lg:py-5",
          menu ? "fixed inset-x-0 top-12.5 bottom-0 grid content-start gap-4 overflow-y-auto bg-page p-4" : "hidden",
        )}
      >
        <Link to="/" aria-label="Codex-32, new bot" className="hidden px-2 lg:block">
          <Mark />
        </Link>
        <Link to="/" className={cx(buttonClass("primary"), "w-full")}>
          <Plus aria-hidden size={17} /> New bot
        </Link>
        <button
          type="button"
          onClick={() => setPalette(true)}
          onPointerEnter={() => void loadPalette()}
          className="hidden w-full items-center justify-between rounded-lg border border-line bg-panel px-3 py-1.5 text-soft hover:border-edge lg:flex"
        >
          <span className="inline-flex items-center gap-2">
            <Search aria-hidden size={16} /> Search
          </span>
          <kbd className="text-[0.8rem] text-faint">{PALETTE_KEYS}</kbd>
        </button>
        <ul className="grid gap-0.5">
          {PLACES.map(({ to, title, icon: Icon }) => (
            <li key={to}>
              <Link
                to={to}
                className="flex items-center gap-3 rounded-lg px-3 py-2 text-soft hover:bg-sunken hover:text-ink lg:py-1.5"
                activeProps={{ className: "bg-sunken !text-ink font-medium", "aria-current": "page" }}
              >
                <Icon aria-hidden size={18} strokeWidth={1.75} />
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="min-w-0 outline-none">
        <Boundary key={path}>
          <Outlet />
        </Boundary>
      </main>
      {palette !== undefined && (
        <Suspense>
          <Palette open={palette} onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <Notices />
    </div>
  );
}
