/**
 * What published providers make of the frames of the dialect.
 */
import * as v2 from "hocuspocus-provider-2";
import * as v3 from "hocuspocus-provider-3";
import * as v4 from "hocuspocus-provider-4";
import { afterEach, describe, expect, test } from "vitest";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import type { Dialect, RoomMessage, SessionId } from "../../../src/core/events.ts";
import { hocuspocus, hocuspocusAt } from "../../../src/dialects/hocuspocus.ts";
import { CLOSE_FRAMES, type CloseReason, isFinalCloseCode } from "../../../src/protocol/close-codes.ts";

const ADDRESS = "team/notes";

function bound(): Dialect {
  const at = hocuspocusAt(ADDRESS);
  if (!at.ok) throw new Error(at.error.reason);
  return at.value.dialect;
}

function document(text: string): Y.Doc {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, text);
  return doc;
}

type Heard = { scope?: string | undefined; denied?: string; stateless?: string; asked: number };

const VERSIONS = ["2.15", "3.4", "4.8"] as const;

describe.each(VERSIONS)("what its provider %s hears", (version) => {
  const ends: (() => void)[] = [];
  afterEach(() => ends.splice(0).forEach((end) => end()));

  const doc = new Y.Doc();
  const heard: Heard = { asked: 0 };

  /** A published provider, and the way of a frame into it. */
  function provider() {
    const url = "ws://127.0.0.1:1";
    const asks = { token: () => ((heard.asked += 1), "token") };
    const shared = { name: ADDRESS, document: doc, awareness: new Awareness(doc), ...asks };
    const made = {
      "2.15": () => {
        const websocketProvider = new v2.HocuspocusProviderWebsocket({ url, connect: false });
        return {
          provider: new v2.HocuspocusProvider({ ...shared, websocketProvider, broadcast: false }),
          websocketProvider,
        };
      },
      "3.4": () => {
        const websocketProvider = new v3.HocuspocusProviderWebsocket({ url, autoConnect: false });
        return { provider: new v3.HocuspocusProvider({ ...shared, websocketProvider }), websocketProvider };
      },
      "4.8": () => {
        const websocketProvider = new v4.HocuspocusProviderWebsocket({ url, autoConnect: false });
        return { provider: new v4.HocuspocusProvider({ ...shared, websocketProvider }), websocketProvider };
      },
    }[version]();
    ends.push(
      () => made.provider.destroy(),
      () => made.websocketProvider.destroy(),
    );
    return made.provider;
  }

  function tell(to: ReturnType<typeof provider>, ...messages: readonly RoomMessage[]): void {
    for (const bytes of bound().encode(messages)) {
      if (typeof bytes === "string") throw new Error("a text frame");
      give(to, bytes);
    }
  }

  function give(to: ReturnType<typeof provider>, bytes: Uint8Array): void {
    // SAFETY: the versions differ in whose class of events they name; each reads the data alone.
    to.onMessage(new MessageEvent("message", { data: bytes.slice().buffer }) as never);
  }

  test("[DI25] it reads all that is sent to it", () => {
    const client = provider();
    client.on("authenticationFailed", ({ reason }: { reason: string }) => (heard.denied = reason));
    client.on("stateless", ({ payload }: { payload: string }) => (heard.stateless = payload));
    // SAFETY: ids are whatever the shell says.
    const session = "s1" as SessionId;
    const welcome = { type: "welcome", session, user: "u", epoch: 1 } as const;
    tell(client, { ...welcome, scopes: ["read", "write", "presence"] });
    expect(client.authorizedScope).toBe("read-write");
    tell(client, { type: "rights", rights: { scopes: ["read"], reason: "locked" } });
    expect(client.authorizedScope).toBe("readonly");
    tell(client, { type: "update", seq: 1, update: Y.encodeStateAsUpdate(document("hello")) });
    expect([doc.getText("t").toString(), client.isSynced]).toEqual(["hello", false]);
    tell(
      client,
      { type: "sync-step-1", stateVector: Uint8Array.of(0) },
      { type: "sync-step-2", seq: 1, update: Uint8Array.of(0, 0) },
    );
    expect(client.isSynced).toBe(true);
    const other = new Awareness(document(""));
    other.setLocalState({ n: 1 });
    tell(client, { type: "awareness", update: encodeAwarenessUpdate(other, [other.clientID]) });
    expect(client.awareness?.getStates().get(other.clientID)).toEqual({ n: 1 });
    other.destroy();
    tell(client, { type: "custom", payload: "grüß" });
    expect(heard.stateless).toBe("grüß");
  });

  test("[DI25] it counts one word for each message, saved or refused", () => {
    const client = provider();
    for (let typed = 0; typed < 3; typed += 1) doc.getText("t").insert(0, "x");
    expect(client.unsyncedChanges).toBe(3);
    tell(client, { type: "refused", number: 2, reason: "read-only" }, { type: "acks", count: 2 });
    expect(client.unsyncedChanges).toBe(1);
    tell(client, { type: "refused", number: undefined, reason: "read-only" }, { type: "ack", number: 3 });
    expect(client.unsyncedChanges).toBe(1);
  });

  test("[DI25] it sends a fresh token when it is asked for one, if it can", () => {
    const client = provider();
    heard.asked = 0;
    tell(client, { type: "token-wanted", seconds: 30 });
    expect(heard.asked).toBe(version === "2.15" ? 0 : 1);
  });

  test("[DI26] before a close that is final it hears why; before any other, nothing", () => {
    const client = provider();
    client.on("authenticationFailed", ({ reason }: { reason: string }) => (heard.denied = reason));
    for (const reason of reasons) {
      delete heard.denied;
      for (const last of bound().farewell?.(reason, "because") ?? []) {
        if (typeof last === "string") throw new Error("a text frame");
        give(client, last);
      }
      const { code, reason: text } = CLOSE_FRAMES[reason];
      expect([reason, heard.denied]).toEqual([reason, isFinalCloseCode(code) ? `${text}: because` : undefined]);
    }
  });
});

// SAFETY: the table has a key for each reason and no other.
const reasons = Object.keys(CLOSE_FRAMES) as CloseReason[];

test.each([["unbound", hocuspocus] as const, ["bound", bound()] as const])(
  "[DI7] every reason has its code and a text, %s",
  (_name, dialect: Dialect) => {
    for (const reason of reasons) expect(dialect.closeFrame(reason)).toEqual(CLOSE_FRAMES[reason]);
    expect(hocuspocus.encode([{ type: "acks", count: 1 }])).toEqual([]);
  },
);
