/**
 * The layer table of the design, written a second time on purpose: lint and this have to agree, so that a slip of
 * the pen in layers.config.ts does not pass.
 * @module
 */

export type Expectation = "allowed" | "types" | "refused";

export type Importer = {
  readonly folder: string;
  /** The probe's name; `probe.ts` when absent. */
  readonly file?: string;
  readonly values: readonly string[];
  readonly types?: readonly string[];
};

/** One file of every layer, and every file that has a right of its own. */
export const TARGETS = [
  ...[
    "src/protocol/probe.ts",
    "src/dialects/roost.ts",
    "src/core/room.ts",
    "src/core/ports.ts",
    "src/core/document/x.ts",
  ],
  ...[
    "src/games/tag.ts",
    "src/auth/grants.ts",
    "src/auth/webhook-signing.ts",
    "src/storage/room/schema.ts",
    "src/storage/snapshots.ts",
  ],
  ...["src/storage/d1/search.ts", "src/queue/consumer.ts", "src/queue/messages.ts", "src/rooms/room-object.ts"],
  ...["src/rooms/room-api.ts", "src/router/app.ts", "src/index.ts", "src/config.ts", "src/env.ts"],
  ...[
    "client/index.ts",
    "client/emitter.ts",
    "client/presence/anchor.ts",
    "client/demo/editor.ts",
    "client/demo/elements.ts",
    "src/games/arena-step.ts",
    "src/games/arena.ts",
    "client/react/hooks.ts",
    "test/support/server.ts",
    "scripts/start.mjs",
  ],
];

export const PACKAGES = [
  ...[
    "yjs",
    "yjs/src/index.js",
    "lib0/encoding",
    "y-protocols/sync",
    "y-websocket",
    "y-indexeddb",
    "hono",
    "hono/cors",
  ],
  ...["@hono/zod-openapi", "zod", "jose", "partyserver", "partysocket", "partysocket/ws", "cloudflare:workers"],
  ...[
    "cloudflare:sockets",
    "node:fs",
    "fs",
    "ws",
    "miniflare",
    "@colyseus/schema",
    "@colyseus/sdk",
    "@tiptap/core",
    "codemirror",
    "react",
    "markdown-it",
  ],
];

const PROTOCOL = ["src/protocol/probe.ts"];
const CORE = ["src/core/room.ts", "src/core/ports.ts", "src/core/document/x.ts"];
const ROOMS = ["src/rooms/room-object.ts", "src/rooms/room-api.ts"];
const CONFIG = ["src/config.ts", "src/env.ts"];
const YJS = ["yjs", "lib0/encoding", "y-protocols/sync"];
const CLIENT = [...PROTOCOL, ...YJS, "client/index.ts"];

/** DESIGN §2. A file of the layer itself is always allowed and not listed. */
export const IMPORTERS: readonly Importer[] = [
  { folder: "src/protocol", values: ["lib0/encoding"] },
  { folder: "src/dialects", values: [...PROTOCOL, "lib0/encoding"], types: CORE },
  {
    folder: "src/dialects",
    file: "colyseus.ts",
    values: [...PROTOCOL, "lib0/encoding", "@colyseus/schema"],
    types: CORE,
  },
  { folder: "src/core", values: [...PROTOCOL, ...YJS] },
  { folder: "src/core/formats", values: [...PROTOCOL, "src/core/document/x.ts", "yjs", "markdown-it"] },
  { folder: "src/games", values: ["@colyseus/schema", "zod"], types: CORE },
  { folder: "src/auth", values: [...PROTOCOL, "jose"] },
  { folder: "src/storage", file: "snapshots.ts", values: PROTOCOL },
  { folder: "src/storage/room", values: [...PROTOCOL, "src/core/ports.ts", "lib0/encoding"] },
  { folder: "src/storage/d1", values: PROTOCOL },
  {
    folder: "src/queue",
    values: [
      ...[...PROTOCOL, ...CONFIG, "src/storage/d1/search.ts", "src/storage/snapshots.ts"],
      "src/auth/webhook-signing.ts",
    ],
  },
  {
    folder: "src/rooms",
    values: [
      ...[
        ...CORE,
        ...PROTOCOL,
        ...CONFIG,
        "src/dialects/roost.ts",
        "src/games/tag.ts",
        "src/auth/grants.ts",
        "src/auth/webhook-signing.ts",
      ],
      ...["src/games/arena-step.ts", "src/games/arena.ts"],
      ...["src/storage/room/schema.ts", "src/storage/snapshots.ts", "src/queue/messages.ts"],
      ...["cloudflare:workers", "partyserver"],
    ],
  },
  {
    folder: "src/router",
    values: [
      ...[
        ...PROTOCOL,
        ...CONFIG,
        "src/auth/grants.ts",
        "src/auth/webhook-signing.ts",
        "src/storage/d1/search.ts",
        "src/storage/snapshots.ts",
      ],
      ...["hono", "hono/cors", "@hono/zod-openapi", "zod"],
    ],
    types: [...ROOMS, "src/queue/messages.ts"],
  },
  {
    folder: "src",
    file: "index.ts",
    values: [...ROOMS, ...CONFIG, "src/router/app.ts", "src/queue/consumer.ts", "src/queue/messages.ts"],
  },
  {
    folder: "src",
    file: "env.ts",
    values: [...PROTOCOL, "src/config.ts", "zod"],
    types: [...ROOMS, "src/queue/messages.ts"],
  },
  { folder: "client", values: [...PROTOCOL, ...YJS, "partysocket", "partysocket/ws", "client/presence/anchor.ts"] },
  { folder: "client/presence", values: ["client/emitter.ts"] },
  { folder: "client/server", values: ["client/server/request.ts"] },
  { folder: "client/react", values: ["client/presence/anchor.ts", "react"] },
  { folder: "client/widgets", values: ["client/presence/anchor.ts"] },
  {
    folder: "client",
    file: "server.ts",
    values: [...PROTOCOL, "src/auth/grants.ts", "src/auth/webhook-signing.ts", "jose"],
  },
  { folder: "client/demo", values: [...CLIENT, "@tiptap/core", "codemirror"] },
  {
    folder: "client/demo/games",
    values: ["src/games/arena-step.ts", "client/demo/elements.ts", "@colyseus/sdk"],
    types: ["src/games/arena.ts"],
  },
];

/** What the table says about `target` seen from `importer`. */
export function expected(importer: Importer, target: string): Expectation {
  if (importer.types?.includes(target) === true) return "types";
  const isOwn = target.startsWith(`${importer.folder}/`) && !isLayerWithin(importer, target);
  return isOwn || importer.values.includes(target) ? "allowed" : "refused";
}

/** Some layers lie inside another's folder; the files of src itself have a row each, and so has the client's for back ends. */
function isLayerWithin({ folder, file }: Importer, target: string): boolean {
  if (folder === "src" || file === "server.ts") return true;
  return ["src/storage", "client"].includes(folder) && target.slice(folder.length + 1).includes("/");
}
