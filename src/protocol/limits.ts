/**
 * Every limit of the wire and of a document, with its unit and its source (DESIGN §9). Powers of two are in hexadecimal, 0x10_0000 is
 * 1 MiB: bundlers drop a number that a page does not use, but keep a product.
 * @module
 */

/** One inbound WebSocket frame. The platform's own limit is 32 MiB, but past it the socket dies without a close frame. */
export const MAX_FRAME_BYTES = 0x100_0000;
/** One client's awareness state as JSON. It lives in the socket attachment (16 KB on the platform, half of it ours). */
export const MAX_AWARENESS_BYTES = 0x2000;
/** An application's own message to the others in a document. */
export const MAX_CUSTOM_CHARS = 0x4000;
/** Of them in one flush. */
export const MAX_CUSTOM_MESSAGES = 100;
/** Clients one awareness frame may name: stock clients repeat everybody they know. */
export const MAX_AWARENESS_ENTRIES = 5_000;
/** One BLOB row. The platform refuses 2 MB, local runtimes do not. */
export const MAX_ROW_BYTES = 0x10_0000;
/** A frame of an answer to step 1; above it the answer is several frames and an empty step 2. */
export const MAX_ANSWER_FRAME_BYTES = 0x10_0000;
/** Updates with missing dependencies held for one socket until its own step 2 completes them. */
export const MAX_HELD_BYTES = 0x10_0000;
/** And so many of them: each new update is compared with all that wait. */
export const MAX_HELD_UPDATES = 4_096;
/** And so long: a slow client's step 2 of many MB must fit, and until then the room cannot sleep. */
export const MAX_HELD_MS = 60_000;
/** Before the `hello` of a Roost client. */
export const MAX_BYTES_BEFORE_HELLO = 0x1_0000;
export const MAX_MS_BEFORE_HELLO = 10_000;
/** Above it a document is merged, never hydrated: a Y.Doc takes 11–13 × its serialised size of a 128 MB isolate. */
export const MAX_HYDRATE_BYTES = 0x60_0000;

/** What may come from one socket: a bucket of `burst` that fills by `perSecond`. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/**
 * Messages of one socket that are no sync messages; above it the socket is closed with 4529. A frame costs the server 25–30 µs, so this
 * is a third of a room. Sync messages, bytes and presence have their own limits (room-limits.ts).
 */
export const MESSAGE_RATE: Rate = { perSecond: 10_000, burst: 20_000 };
/** Updates of one socket that pass whatever all others in its room send: above what a person types, below what a flood is. */
export const FAIR_BYTE_RATE: Rate = { perSecond: 0x1_0000, burst: 0x4_0000 };
/** Fresh tokens of one socket: each costs a verification. */
export const TOKEN_RATE: Rate = { perSecond: 0.2, burst: 10 };
/** Bytes of presence frames of one socket, beside their number: each goes out to everybody. */
export const PRESENCE_BYTE_RATE: Rate = { perSecond: 0x1_0000, burst: 0x8_0000 };
/** Of what all in a document show, and again of what they say to each other, as each of them hears it: 250 hear 64 MB a second of it. */
export const SHOWN_BYTE_RATE: Rate = { perSecond: 0x4_0000, burst: 0x8_0000 };
/** Presence that is over its rate goes out together for the whole room, so long after the first of it. */
export const SHED_PRESENCE_MS = 100;
/** Bytes of answers to repeated questions: a step 1 of seven bytes asks for the whole document. The first one is free. */
export const ANSWER_RATE: Rate = { perSecond: 0x40_0000, burst: 0x100_0000 };
/** What a question costs beside the bytes of its answer: rows are read for an empty one too. */
export const MIN_ANSWER_COST_BYTES = 1024;

/** Unread by one client, as far as the room can tell: above it the room asks for a sign of reading. */
export const ASK_BACKLOG_BYTES = 0x40_0000;
/** And above this the socket is closed with 1013 where the question has been open for {@link BACKLOG_GRACE_MS}. */
export const MAX_BACKLOG_BYTES = 0x100_0000;
/** A burst that everybody is still reading is no backlog: one frame alone may have MAX_FRAME_BYTES. */
export const BACKLOG_GRACE_MS = 5_000;
/** What stands before a question may be read as slowly as this. A slower line is closed and comes back to a fresh answer. */
export const SLOWEST_BYTES_PER_SECOND = 0x10_0000;
/** Above it a socket is closed at once, and so is one that never gave a sign of reading: what is unread lies in memory. */
export const MAX_UNPROVEN_BYTES = 0x400_0000;

/** Exact text frames of the heartbeat, answered by the runtime without waking the object. */
export const PING = "ping";
export const PONG = "pong";
/** How often a Roost client sends {@link PING}. */
export const PING_INTERVAL_MS = 20_000;
/** Sub-protocol of the `roost` dialect. */
export const SUBPROTOCOL = "roost.v1";
/** Version spoken in `hello`; the server accepts this one and the one before. */
export const PROTOCOL_VERSION = 1;
export const OLDEST_PROTOCOL_VERSION = 1;
