// The client of the REST API, typed by openapi/v1.json, and the one error that calls throw.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

export const api = createClient<paths>({ baseUrl: "" });

/** Why a call failed: the server's problem, or one of the same form when no answer came. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
  }

  get status() {
    return this.problem.status;
  }
}

/** What a call gave; throws {@link ApiError} for everything else than success. */
export async function data<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let answer;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(unreachable());
  }
  if (answer.response.ok) return answer.data as T;
  throw new ApiError(problemOf(answer.error, answer.response));
}

export function problemOf(body: unknown, response: Response): Problem {
  if (body && typeof body === "object" && "code" in body && "title" in body) return body as Problem;
  return {
    type: "about:blank",
    title: "The server gave an answer that this page does not understand",
    status: response.status,
    code: `HTTP ${response.status}`,
    detail: response.statusText || "no detail was given",
    help: "Something between this page and the server may have answered in its place. Load the page again; if it stays so, look at the server's log.",
    trace_id: response.headers.get("x-request-id") ?? "",
  };
}

function unreachable(): Problem {
  return {
    type: "about:blank",
    title: "The server cannot be reached",
    status: 0,
    code: "",
    detail: "No answer came.",
    help: "It may be stopped or starting again, or the network is down. What you typed is still here; try again in a moment.",
    trace_id: "",
  };
}

/** The problem in whatever was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return {
    type: "about:blank",
    title: "This page made a mistake",
    status: 0,
    code: "",
    detail: error instanceof Error ? error.message : String(error),
    help: "Load the page again. If it happens again, please report it with the line above.",
    trace_id: "",
  };
}
