// Fails when src/api/schema.ts is not what openapi/v1.json gives. `npm run api` writes it anew.
import { readFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const wanted = astToString(
  await openapiTS(new URL("../../openapi/v1.json", import.meta.url), { alphabetize: true, emptyObjectsUnknown: true }),
);
const there = await readFile(new URL("../src/api/schema.ts", import.meta.url), "utf8");
// The command line writes a comment at the head.
if (there.slice(there.indexOf("export interface paths")).trim() !== wanted.slice(wanted.indexOf("export interface paths")).trim()) {
  console.error("src/api/schema.ts is not what openapi/v1.json says: run `npm run api`.");
  process.exit(1);
}
