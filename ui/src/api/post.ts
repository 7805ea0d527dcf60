// Calls whose shapes are named by hand (extra.ts), in the form that `data` takes.
export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<{ data?: T; error?: unknown; response: Response }> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  return response.ok ? { data: answer as T, response } : { error: answer, response };
}
