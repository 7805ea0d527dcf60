import { useState, type FormEvent } from "react";
import { Button } from "./button";
import { Code } from "./code";
import { Field, Input } from "./field";
import { Mark } from "./mark";

/** Shown in place of every page while there is no session. */
export function SignIn({ retry }: { retry: () => void }) {
  const [link, setLink] = useState("");
  const [error, setError] = useState("");
  const open = (event: FormEvent) => {
    event.preventDefault();
    const code = /[?&]code=([\w-]+)/.exec(link)?.[1];
    if (code) location.assign(`/sign-in?code=${code}`);
    else setError("That is no sign-in link: it ends with /sign-in?code= and a code.");
  };
  return (
    <main className="mx-auto grid min-h-dvh max-w-lg content-center gap-6 px-5 py-10">
      <Mark />
      <div>
        <h1>Sign in</h1>
        <p className="mt-2 text-soft">
          On the machine where the server runs, ask for a link. It opens once, within ten minutes, and keeps you
          signed in on this browser for a week.
        </p>
      </div>
      <Code label="Command for a sign-in link" text="codex32 sign-in-link" />
      <form onSubmit={open} className="grid gap-3">
        <Field label="The link" hint="Or open it in this browser yourself." error={error}>
          {(ids) => (
            <Input
              {...ids}
              type="url"
              autoComplete="off"
              spellCheck={false}
              placeholder={`${location.origin}/sign-in?code=…`}
              value={link}
              onChange={(event) => (setLink(event.target.value), setError(""))}
            />
          )}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" disabled={!link}>
            Sign in
          </Button>
          <Button look="quiet" onClick={retry}>
            I have signed in: look again
          </Button>
        </div>
      </form>
    </main>
  );
}
