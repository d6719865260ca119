/**
 * A page for each line of README's table, and for each version that the line is for: the expression, as it stands there, in a module
 * with CodeMirror.
 * @module
 */
import type { PageSource } from "./bundle.ts";
import { DEPLOYED_HOST, type Row } from "./snippets.ts";

/** How one of README's lines, told from the others by `uses`, becomes a provider. */
type RowPage = {
  readonly name: string;
  readonly uses: string;
  readonly imports: string;
  readonly aliases?: Readonly<Record<string, string>>;
  /** From the line's code to statements that make `provider`. */
  readonly make?: (code: string, codeOf: (uses: string) => string) => string;
};

const Y_WEBSOCKET = "y-websocket 1.5, 2.1, 3.1, 4.0";
const SOCKET = "the same, many documents in one socket";
const WEBSOCKET = 'import { WebsocketProvider } from "y-websocket";';
const HOCUSPOCUS = 'import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";';

/** A document of Yjs 14 for the provider, which follows the editor's. */
const FOURTEEN = `const editors = doc;
const providers = new Y14.Doc();
editors.on("update", (update, origin) => origin !== providers && Y14.applyUpdate(providers, update, editors));
providers.on("update", (update, origin) => origin !== editors && Y.applyUpdate(editors, update, providers));
`;

const PAGES: readonly RowPage[] = [
  ...["y-websocket-1", "y-websocket-2", "y-websocket"].map((installed) => ({
    ...{ name: installed, uses: Y_WEBSOCKET, imports: WEBSOCKET, aliases: { "y-websocket": installed } },
  })),
  {
    ...{ name: "y-websocket-4", uses: Y_WEBSOCKET, aliases: { "y-websocket": "y-websocket-4" } },
    imports: `${WEBSOCKET}\nimport * as Y14 from "@y/y";`,
    make: (code) => `${FOURTEEN}const provider = await (async (doc) => ${code})(providers);`,
  },
  {
    ...{ name: "y-provider", uses: "y-partyserver 2.2, `YProvider`" },
    imports: 'import YProvider from "y-partyserver/provider";',
  },
  {
    ...{ name: "use-y-provider", uses: "y-partyserver 2.2, `useYProvider`" },
    imports:
      'import useYProvider from "y-partyserver/react";\nimport { createElement } from "react";\nimport { createRoot } from "react-dom/client";',
    make: (code) => `const root = createRoot(document.createElement("div"));
const provider = await new Promise((resolve) => {
  const Component = () => (resolve(${code}), null);
  root.render(createElement(Component));
});`,
  },
  ...[2, 3, 4].flatMap((version): readonly RowPage[] => {
    const aliases = { "@hocuspocus/provider": `hocuspocus-provider-${version}` };
    const shared = version === 2 ? "2.15, with that `socket`" : "3.4 and 4.8, followed by `provider.attach()`";
    return [
      {
        ...{ name: `hocuspocus-${version}`, uses: "Hocuspocus (Tiptap) 2.15, 3.4, 4.8", imports: HOCUSPOCUS, aliases },
      },
      {
        ...{ name: `hocuspocus-${version}-shared`, uses: shared, imports: HOCUSPOCUS, aliases },
        make: (code, codeOf) =>
          `const socket = ${codeOf(SOCKET)};\nconst provider = ${code};\n${version === 2 ? "" : "provider.attach();"}`,
      },
    ];
  }),
  {
    ...{
      name: "tiptap-2",
      uses: "`TiptapCollabProvider` 2.15",
      aliases: { "@hocuspocus/provider": "hocuspocus-provider-2" },
    },
    imports: 'import { TiptapCollabProvider } from "@hocuspocus/provider";',
  },
  {
    ...{ name: "y-sweet", uses: "Y-Sweet 0.9, in the page" },
    imports: 'import { createYjsProvider } from "@y-sweet/client";',
  },
];

/** The line that is for a back end. */
export const BACK_END = "Y-Sweet 0.9, in your back end, behind `/api/auth`";

/** The pages of all `rows`, at a server on `host` that speaks plain HTTP; throws for a line that none is made of. */
export function rowPages(rows: readonly Row[], host: string): readonly PageSource[] {
  const codeOf = (wanted: string): string => {
    const row = rows.find(({ uses }) => uses === wanted);
    if (row === undefined) throw new Error(`README's table has no line for: ${wanted}`);
    return row.code.replaceAll(`wss://${DEPLOYED_HOST}`, `ws://${host}`).replaceAll(DEPLOYED_HOST, host);
  };
  const known = new Set([...PAGES.map(({ uses }) => uses), SOCKET, BACK_END]);
  const strays = rows.filter(({ uses }) => !known.has(uses));
  if (strays.length > 0) throw new Error(`no page is made of: ${strays.map(({ uses }) => uses).join("; ")}`);
  return PAGES.map(({ name, uses, imports, aliases = {}, make = (code) => `const provider = ${code};` }) => ({
    ...{ name, language: "js" as const, aliases },
    code: pageOf(imports, make(codeOf(uses), codeOf)),
  }));
}

function pageOf(imports: string, provider: string): string {
  return `import { EditorView, basicSetup } from "codemirror";
import { yCollab } from "y-codemirror.next";
import * as Y from "yjs";
${imports}
const token = async () => await (await fetch("/token")).text();
const doc = new Y.Doc();
${provider}
const text = doc.getText("text");
const extensions = [basicSetup, yCollab(text, provider.awareness)];
new EditorView({ doc: text.toString(), extensions, parent: document.querySelector("#editor") });
`;
}
