// What pages ask about knowledge bases, and the one call that tells how far it is: giving a document.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ApiError, data, problemOf, type Schemas } from "./client";
import { LIMIT, paging } from "./queries";

export const basesQuery = queryOptions({
  queryKey: ["knowledge", "bases"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/knowledge", { signal })),
});

export const documentsQuery = (base: string) =>
  infiniteQueryOptions({
    queryKey: ["knowledge", "documents", base],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/knowledge/{base}/documents", { params: { path: { base }, query: { limit: LIMIT, cursor: pageParam } }, signal })),
    ...paging,
  });

/** Gives a document's bytes; `told` hears how much of it has left, from 0 to 1. `fetch` cannot tell that. */
export function giveDocument(base: string, file: File, told: (part: number) => void): Promise<Schemas["AddedDocument"]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/v1/knowledge/${encodeURIComponent(base)}/documents?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && told(event.loaded / event.total));
    const refused = () => reject(new ApiError(problemOf(request.response, new Response(null, { status: request.status || 502 }))));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response as Schemas["AddedDocument"]) : refused()));
    request.addEventListener("error", refused);
    request.send(file);
  });
}
