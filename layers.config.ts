/**
 * Who may import whom: the one table that lint enforces (oxlint.config.ts) and that the probes in
 * test/unit/house/layers.test.ts try to break. Everything that is not listed is refused.
 * @module
 */

export type Layer = {
  /** From the root of the repository. */
  readonly folder: string;
  /** File names in the folder this row is about; every file of the folder, and below it, when absent. */
  readonly files?: string;
  /** Our own folders or files (`src/core/ports.ts`) whose values and types it may import. */
  readonly values: readonly string[];
  /** Of these it may import types only. */
  readonly types?: readonly string[];
  /** Packages: `yjs` is that entry alone, `lib0/**` its sub-paths. */
  readonly packages: readonly string[];
  /** Folders inside its own that it may not reach into, as they are layers of their own; `*` for every one. */
  readonly notWithin?: readonly string[];
  /** True where a file may not import its neighbours either, but what `values` names. */
  readonly isAlone?: boolean;
};

const YJS = ["yjs", "y-protocols/**", "lib0/**"];
const HONO = ["hono", "hono/**", "@hono/**", "zod"];
const COLYSEUS_SCHEMA = ["@colyseus/schema", "@colyseus/msgpackr"];
const MARKDOWN = ["markdown-it", "mdast", "mdast-util-*"];
const EDITORS = ["@tiptap/**", "codemirror", "@codemirror/**", "y-codemirror.next"];
const REACT = ["react", "react-dom", "react-dom/**"];
const PURE = ["src/core", "src/dialects", "src/games", "src/protocol"];
const SHELL_CONFIG = ["src/config.ts", "src/env.ts"];

/** Rows further down win where two are about one file. */
export const LAYERS: readonly Layer[] = [
  { folder: "src/protocol", values: [], packages: ["lib0/**"] },
  { folder: "src/dialects", values: ["src/protocol"], types: ["src/core"], packages: ["lib0/**"] },
  {
    folder: "src/dialects",
    files: "colyseus*.ts",
    values: ["src/protocol"],
    types: ["src/core"],
    packages: ["lib0/**", ...COLYSEUS_SCHEMA],
  },
  { folder: "src/core", values: ["src/protocol"], packages: YJS },
  { folder: "src/core/formats", values: ["src/protocol", "src/core/document"], packages: ["yjs", ...MARKDOWN] },
  { folder: "src/games", values: [], types: ["src/core"], packages: ["@colyseus/schema", "zod"] },
  { folder: "src/auth", values: ["src/protocol"], packages: ["jose"] },
  { folder: "src/storage", values: ["src/protocol"], packages: [], notWithin: ["*"] },
  {
    folder: "src/storage/room",
    values: ["src/protocol", "src/core/ports.ts"],
    types: ["src/core/game/ports.ts", "src/core/events.ts"],
    packages: ["lib0/**"],
  },
  { folder: "src/storage/d1", values: ["src/protocol"], packages: [] },
  {
    folder: "src/queue",
    values: [
      ...["src/auth/webhook-address.ts", "src/auth/webhook-signing.ts"],
      "src/protocol",
      "src/storage/d1",
      "src/storage/project-store.ts",
      "src/storage/snapshots.ts",
      "src/storage/version-store.ts",
      ...SHELL_CONFIG,
    ],
    packages: [],
  },
  {
    folder: "src/rooms",
    values: [
      ...PURE,
      "src/auth",
      "src/storage/room",
      "src/storage/history-store.ts",
      "src/storage/snapshot-metadata.ts",
      "src/storage/snapshots.ts",
      "src/storage/trace-store.ts",
      "src/storage/version-store.ts",
      "src/queue/messages.ts",
      ...SHELL_CONFIG,
    ],
    packages: ["cloudflare:workers", "partyserver"],
  },
  {
    folder: "src/router",
    values: [
      "src/protocol",
      "src/auth",
      "src/storage/asset-store.ts",
      "src/storage/d1",
      "src/storage/snapshots.ts",
      "src/storage/version-store.ts",
      ...SHELL_CONFIG,
    ],
    types: ["src/rooms", "src/queue/messages.ts"],
    packages: HONO,
  },
  {
    folder: "src",
    files: "index.ts",
    values: ["src/router", "src/rooms", "src/queue", ...SHELL_CONFIG],
    packages: [],
    notWithin: ["*"],
  },
  {
    folder: "src",
    files: "{config,env}.ts",
    values: ["src/protocol", ...SHELL_CONFIG],
    types: ["src/rooms", "src/queue/messages.ts"],
    packages: ["zod"],
    isAlone: true,
  },
  {
    folder: "client",
    values: ["src/protocol"],
    packages: [...YJS, "partysocket", "partysocket/**"],
    notWithin: ["demo", "react", "server", "widgets"],
  },
  // For back ends: nothing of the browser's SDK.
  {
    folder: "client",
    files: "server.ts",
    values: ["src/protocol", "src/auth", "client/server"],
    packages: ["jose"],
    isAlone: true,
  },
  { folder: "client/server", values: [], packages: [] },
  // Without a document, so without Yjs; and in widgets every KB counts.
  {
    folder: "client/presence",
    values: [
      ...["src/protocol/messages.ts", "src/protocol/presence-messages.ts", "client/connection.ts", "client/emitter.ts"],
      ...["client/plain-socket.ts", "client/provider-error.ts", "client/provider-events.ts", "client/refusal.ts"],
      "client/token.ts",
    ],
    packages: [],
  },
  { folder: "client/react", values: ["client/presence"], packages: REACT },
  {
    folder: "client/widgets",
    values: ["client/presence", "client/provider-error.ts", "src/protocol/presence-messages.ts"],
    types: ["client/refusal.ts", "src/protocol/messages.ts"],
    packages: [],
  },
  { folder: "client/demo", values: ["src/protocol", "client/index.ts"], packages: [...YJS, ...EDITORS] },
  // Rules that page and server share, and the published SDK: nothing of Roost's own client.
  {
    folder: "client/demo/games",
    values: [
      ...["src/games/arena-step.ts", "src/games/reversi.ts", "client/demo/announcer.ts", "client/demo/elements.ts"],
      ...["client/demo/icons.ts", "client/demo/identity.ts", "client/demo/browser-storage.ts"],
    ],
    types: ["src/games/arena.ts", "src/games/board.ts", "src/games/relay.ts"],
    packages: ["@colyseus/sdk"],
  },
];

/** The one module of the Worker that builds a `Y.Doc`, and counts what it builds (promise P3). */
export const HYDRATE = "src/core/document/hydrate.ts";
