/**
 * Two people write one document, one of them with a stock client: whose it is, and how it came to be.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { DocumentProvider } from "../../client/index.ts";
import { type TestServer, startServer } from "../support/server.ts";

const PROMPT = { timeout: 20_000, interval: 20 };
const ID = "team/history";
const PATH = `/v1/documents/${encodeURIComponent(ID)}`;

type Blame = {
  readonly ranges: readonly {
    readonly user: string;
    readonly atMs: number | null;
    readonly at: number;
    readonly length: number;
  }[];
};
type History = {
  readonly start: string | null;
  readonly steps: readonly {
    readonly atMs: number;
    readonly updates: readonly { readonly user: string; readonly update: string }[];
  }[];
};

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ vars: { ROOST_SNAPSHOT_DELAY_MS: "200", ROOST_SNAPSHOT_MAX_DELAY_MS: "500" } });
});
afterAll(async () => await server.stop());

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${server.url}${PATH}${path}`);
  expect(response.status).toBe(200);
  // SAFETY: what the route says it answers; the assertions look at every field that is used.
  return (await response.json()) as T;
}

async function saved(): Promise<void> {
  const isSaved = async (): Promise<boolean> => {
    const { health } = await get<{ health: { lagMs: number; tailBytes: number } }>("");
    return health.lagMs === 0 && health.tailBytes === 0;
  };
  await vi.waitUntil(isSaved, PROMPT);
}

/** `alice 6, bob 4`: in reading order. */
async function blame(): Promise<string> {
  const { ranges } = await get<Blame>("/blame");
  const nowMs = Date.now();
  expect(ranges.every(({ atMs }) => atMs !== null && atMs <= nowMs && atMs > nowMs - 10 * 60_000)).toBe(true);
  return ranges.map(({ user, length }) => `${user} ${length}`).join(", ");
}

function playback({ start, steps }: History): string {
  const doc = new Y.Doc();
  const updates = [start, ...steps.flatMap((step) => step.updates.map(({ update }) => update))];
  for (const update of updates) if (update !== null) Y.applyUpdate(doc, Buffer.from(update, "base64"));
  return doc.getText("text").toString();
}

test("[HA26] what two people wrote with different clients is theirs, through snapshots and a kill, and plays back", async () => {
  const [one, other] = [new Y.Doc(), new Y.Doc()];
  const alice = new DocumentProvider({ url: server.url, id: ID, doc: one, user: "alice", offline: false });
  const bob = new WebsocketProvider(`${server.wsUrl}/yjs`, ID, other, { disableBc: true, params: { user: "bob" } });
  try {
    await alice.whenSynced;
    await vi.waitUntil(() => bob.synced, PROMPT);
    one.getText("text").insert(0, "Hello world");
    await vi.waitUntil(() => other.getText("text").length === 11, PROMPT);
    other.getText("text").insert(6, "wide ");
    await vi.waitUntil(() => one.getText("text").length === 16, PROMPT);
    const midMs = Date.now() + 1;
    expect(await blame()).toBe("alice 6, bob 5, alice 5");
    await saved();
    one.getText("text").insert(16, "!");
    await vi.waitUntil(() => other.getText("text").length === 17, PROMPT);
    expect(await blame()).toBe("alice 6, bob 5, alice 6");
    await saved();
    await server.kill9();
    expect(await blame()).toBe("alice 6, bob 5, alice 6");
    const all = await get<History>("/history");
    expect(all.steps.flatMap(({ updates }) => updates.map(({ user }) => user))).toEqual(["alice", "bob", "alice"]);
    expect(playback(all)).toBe("Hello wide world!");
    const later = await get<History>(`/history?from=${midMs}`);
    expect(playback({ ...later, steps: [] })).toBe("Hello wide world");
    expect(playback(later)).toBe("Hello wide world!");
    const { activity } = await get<{ activity: readonly { user: string; inserted: number }[] }>("/activity");
    expect(activity.map(({ user, inserted }) => [user, inserted])).toEqual([
      ["alice", 12],
      ["bob", 5],
    ]);
  } finally {
    alice.destroy();
    bob.destroy();
  }
});
