/**
 * The line of README's table that runs in an application's back end.
 * @module
 */
import { resolve } from "node:path";
import { build } from "esbuild";
import { BACK_END } from "./row-pages.ts";
import { DEPLOYED_HOST, type Row } from "./snippets.ts";

/** What Y-Sweet's provider gets for a document. */
export type BackEnd = (docId: string) => Promise<unknown>;

const KEY = "sk_…";

/** The line as it stands there, but for the server, on `host` with plain HTTP, and the key. */
export async function backEndOf(rows: readonly Row[], host: string, secretKey: string): Promise<BackEnd> {
  const code = rows.find(({ uses }) => uses === BACK_END)?.code;
  if (code?.includes(KEY) !== true) throw new Error(`README's table has no line with ${KEY} for: ${BACK_END}`);
  const expression = code.replace("yss://", "ys://").replace(KEY, secretKey).replace(DEPLOYED_HOST, host);
  const { outputFiles } = await build({
    stdin: {
      contents: `import { DocumentManager } from "@y-sweet/sdk";
export const tokenFor = async (docId) => ${expression};`,
      resolveDir: resolve(import.meta.dirname, "../../.."),
    },
    ...{ bundle: true, write: false, format: "esm", platform: "node", logLevel: "error" },
  });
  const source = outputFiles[0]?.text ?? "";
  const { tokenFor }: { readonly tokenFor: BackEnd } = await import(
    `data:text/javascript,${encodeURIComponent(source)}`
  );
  return tokenFor;
}
