import fc from "fast-check";
import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import type { BoundDialect } from "../../../src/core/events.ts";
import { hocuspocus, hocuspocusAt } from "../../../src/dialects/hocuspocus.ts";
import { Random } from "../../support/random.ts";

const ADDRESS = "team/notes";
const BYTES = Uint8Array.of(1, 2, 3);
const TYPES = { sync: 0, awareness: 1, auth: 2, queryAwareness: 3, syncReply: 4, stateless: 5 } as const;
const [BROADCAST, CLOSE, SYNC_STATUS, PING, PONG] = [6, 7, 8, 9, 10];

/** A frame as a provider writes it. */
function frame(
  address: string,
  type: number,
  write: (encoder: encoding.Encoder) => void = () => undefined,
): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, address);
  encoding.writeVarUint(encoder, type);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

function signIn(token: string, version?: string): Uint8Array {
  return frame(ADDRESS, TYPES.auth, (encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarString(encoder, token);
    if (version !== undefined) encoding.writeVarString(encoder, version);
  });
}

/** An `auth` message: 0 with a token, 1 with why not, 2 with what one may. */
function auth(kind: number, text: string, address = ADDRESS): Uint8Array {
  return frame(address, TYPES.auth, (encoder) => {
    encoding.writeVarUint(encoder, kind);
    encoding.writeVarString(encoder, text);
  });
}

function document(text: string): Y.Doc {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, text);
  return doc;
}

function bound(address = ADDRESS): BoundDialect {
  const at = hocuspocusAt(address);
  if (!at.ok) throw new Error(at.error.reason);
  return at.value;
}

/** The one event of a frame, or why there is none. */
function eventOf(bytes: Uint8Array | string, dialect = bound().dialect): unknown {
  const decoded = dialect.decode(bytes);
  return decoded.ok ? decoded.value[0] : decoded.error;
}

describe("what its providers send", () => {
  test("[DI20] is understood", () => {
    const doc = document("hello");
    const update = Y.encodeStateAsUpdate(doc);
    const frames = [
      signIn("", "4.8.0"),
      signIn("secret"),
      frame(ADDRESS, TYPES.sync, (encoder) => sync.writeSyncStep1(encoder, doc)),
      frame(ADDRESS, TYPES.sync, (encoder) => sync.writeSyncStep2(encoder, doc)),
      frame(ADDRESS, TYPES.sync, (encoder) => sync.writeUpdate(encoder, update)),
      frame(ADDRESS, TYPES.awareness, (encoder) => encoding.writeVarUint8Array(encoder, BYTES)),
      frame(ADDRESS, TYPES.queryAwareness),
      frame(ADDRESS, TYPES.stateless, (encoder) => encoding.writeVarString(encoder, "{}")),
      frame(ADDRESS, CLOSE),
    ];
    expect(frames.map((each) => eventOf(each))).toEqual([
      { type: "auth", token: "" },
      { type: "auth", token: "secret" },
      { type: "sync-step-1", stateVector: Y.encodeStateVector(doc) },
      { type: "sync-step-2", update },
      { type: "update", update },
      { type: "awareness", update: BYTES },
      { type: "query-awareness" },
      { type: "custom", payload: "{}" },
      { type: "bye" },
    ]);
  });

  test("[DI21] what only servers say, and what nobody says, is an error", () => {
    const denial = auth(1, "no");
    const granted = auth(2, "read-write");
    const status = frame(ADDRESS, SYNC_STATUS, (encoder) => encoding.writeVarUint(encoder, 1));
    const broadcast = frame(ADDRESS, BROADCAST, (encoder) => encoding.writeVarString(encoder, "{}"));
    const reply = frame(ADDRESS, TYPES.syncReply, (encoder) => sync.writeUpdate(encoder, BYTES));
    const others = [frame(ADDRESS, 99), frame(ADDRESS, TYPES.sync), frame(ADDRESS, TYPES.stateless), "text"];
    for (const each of [denial, granted, status, broadcast, reply, ...others, new Uint8Array(0)]) {
      expect(bound().dialect.decode(each).ok).toBe(false);
    }
  });

  test("[DI22] whatever a message holds, it is read as it was written", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const text = fc.string({ unit: "grapheme", maxLength: 300 });
    const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((each) => hocuspocusAt(each).ok);
    const session = fc.option(fc.stringMatching(/^[a-z0-9]{1,12}$/), { nil: undefined });
    fc.assert(
      fc.property(id, session, bytes, text, (name, of, body, payload) => {
        const address = of === undefined ? name : `${name}\0${of}`;
        const write = (encoder: encoding.Encoder) => encoding.writeVarUint8Array(encoder, body);
        const at = hocuspocus.bind?.(frame(address, TYPES.awareness, write));
        if (at?.ok !== true || at.value === undefined) throw new Error("it is bound to no document");
        expect([at.value.channel, at.value.document]).toEqual([address, name]);
        expect(eventOf(frame(address, TYPES.awareness, write), at.value.dialect)).toEqual({
          type: "awareness",
          update: body,
        });
        for (const [index, type] of ["sync-step-1", "sync-step-2", "update"].entries()) {
          const each = frame(address, TYPES.sync, (encoder) => (encoding.writeVarUint(encoder, index), write(encoder)));
          expect(eventOf(each, at.value.dialect)).toEqual({ type, [index === 0 ? "stateVector" : "update"]: body });
        }
        const said = frame(address, TYPES.stateless, (encoder) => encoding.writeVarString(encoder, payload));
        expect(eventOf(said, at.value.dialect)).toEqual({ type: "custom", payload });
      }),
    );
  });

  test("[DI4] what is not of the grammar is an error with a reason, whatever the bytes", () => {
    const { dialect } = bound();
    const whole = [
      frame(ADDRESS, TYPES.sync, (encoder) => sync.writeUpdate(encoder, Y.encodeStateAsUpdate(document("hello")))),
      signIn("secret", "4.8.0"),
    ];
    const random = new Random(20);
    for (let time = 0; time < 20_000; time += 1) {
      const mutant = random.mutate(whole[time % 2] ?? BYTES);
      const answers = [dialect.answerStray?.(mutant), hocuspocus.answerStray?.(mutant)];
      for (const read of [dialect.decode(mutant), hocuspocus.bind?.(mutant)]) {
        if (read?.ok === false) expect(read.error.reason).not.toBe("");
      }
      for (const answer of answers) expect(answer?.length ?? 0).toBeLessThanOrEqual(1);
    }
  });
});

describe("addresses", () => {
  const question = (address: string) =>
    frame(address, TYPES.sync, (encoder) => sync.writeSyncStep1(encoder, new Y.Doc()));

  test("[DI23] a socket is bound to the address of its first frame, the same dialect for all that have it", () => {
    const first = hocuspocus.bind?.(question(ADDRESS));
    expect(first).toEqual({ ok: true, value: { dialect: bound().dialect, channel: ADDRESS, document: ADDRESS } });
    expect(bound().dialect).toBe(bound().dialect);
    expect(bound(`${ADDRESS}\0k3j`)).toMatchObject({ channel: `${ADDRESS}\0k3j`, document: ADDRESS });
    expect(bound(`${ADDRESS}\0k3j`).dialect).not.toBe(bound().dialect);
    expect(bound().dialect.traits).toEqual(hocuspocus.traits);
  });

  test("[DI23] what is no document's id is an error; a heartbeat is about none", () => {
    for (const address of ["", "\0k3j", "a\u0007", "x".repeat(257)]) expect(hocuspocusAt(address).ok).toBe(false);
    for (const bytes of [Uint8Array.of(0, 0, 1, 0), Uint8Array.of(0x66, 1, 5), "text", Uint8Array.of()]) {
      expect(hocuspocus.bind?.(bytes).ok).toBe(false);
    }
    for (const heartbeat of [PING, PONG]) {
      expect(hocuspocus.bind?.(Uint8Array.of(heartbeat ?? 0))).toEqual({ ok: true, value: undefined });
      expect(bound().dialect.answerStray?.(Uint8Array.of(heartbeat ?? 0))).toEqual([]);
    }
  });

  test("[DI24] whoever begins at another address hears that it may not; what else is said there is passed over", () => {
    const { dialect } = bound();
    const denial = (address: string) => auth(1, "this socket is for one document", address);
    for (const other of ["others", `${ADDRESS}\0k3j`]) {
      const token = auth(0, "secret", other);
      const shown = frame(other, TYPES.awareness, (encoder) => encoding.writeVarUint8Array(encoder, BYTES));
      const typed = frame(other, TYPES.sync, (encoder) => sync.writeUpdate(encoder, BYTES));
      for (const asked of [hocuspocus, dialect]) {
        const answers = [token, question(other), shown, typed, frame(other, CLOSE)].map((each) =>
          asked.answerStray?.(each),
        );
        expect(answers).toEqual([[denial(other)], [denial(other)], [], [], []]);
      }
    }
    expect(dialect.answerStray?.(question(ADDRESS))).toBeUndefined();
  });
});
