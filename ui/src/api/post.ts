// Calls whose shapes are named by hand (extra.ts), in the form that `data` takes.
export const post = <T>(path: string, body: unknown) => send<T>("POST", path, body);
export const put = <T>(path: string, body: unknown) => send<T>("PUT", path, body);

async function send<T>(method: string, path: string, body: unknown): Promise<{ data?: T; error?: unknown; response: Response }> {
  const response = await fetch(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  return response.ok ? { data: answer as T, response } : { error: answer, response };
}
