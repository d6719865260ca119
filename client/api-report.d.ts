// The public API of the client. Written by `npm run api-report -- --write`.

// client/index.ts

/**
 * The public SDK. `yjs` is a peer dependency: two copies of it in one page break documents.
 * @module
 */
export type { Notice } from "../src/protocol/messages.ts";
export { awarenessPresence } from "./awareness-presence.ts";
export { DocumentProvider } from "./document-provider.ts";
export type { DocumentProviderOptions } from "./options.ts";
export type { PresenceState } from "./presence.ts";
export * from "./presence/index.ts";
export type { DocumentProviderEvents, RightsInfo } from "./provider-events.ts";
export type { SaveStateName } from "./save-state.ts";

// src/protocol/messages.ts

/**
 * The messages of `roost.v1`: numbers, shapes, directions. Their bytes are in frames.ts, their grammar in PROTOCOL.md.
 * @module
 */
/** Message types; the numbers are the wire. */
export declare const MESSAGE: {
    readonly syncStep1: 0;
    readonly syncStep2: 1;
    readonly update: 2;
    readonly ack: 3;
    readonly awareness: 4;
    readonly hello: 5;
    readonly welcome: 6;
    readonly refused: 7;
    readonly bye: 8;
    readonly received: 9;
    readonly token: 10;
    readonly rights: 11;
    readonly notice: 12;
};
/** What a client sends. `number` counts its step 2 and update messages from 1 on this socket. */
export type ClientMessage = {
    readonly type: "hello";
    readonly version: number;
} | {
    readonly type: "sync-step-1";
    readonly stateVector: Uint8Array;
} | {
    readonly type: "sync-step-2";
    readonly number: number;
    readonly update: Uint8Array;
} | {
    readonly type: "update";
    readonly number: number;
    readonly update: Uint8Array;
} | {
    readonly type: "awareness";
    readonly update: Uint8Array;
} | {
    readonly type: "received";
    readonly seq: number;
}
/** A fresh token: asked for, or because the application has a better one. */
 | {
    readonly type: "token";
    readonly token: string;
} | {
    readonly type: "bye";
};
/** First message of the server on a socket. */
export type Welcome = {
    readonly version: number;
    readonly session: string;
    readonly user: string;
    readonly scopes: readonly string[];
    readonly epoch: number;
    /** What the token says of its bearer, name first of all: in the own presence it stands in place of what the page says. */
    readonly profile?: Profile;
};
/** See auth/grants.ts. */
export type Profile = {
    readonly name?: string;
    readonly color?: string;
    readonly avatar?: string;
};
/** Why rights changed. */
export type RightsReason = "token-renewed" | "token-expired" | "locked" | "unlocked";
/** What this socket may do from here on, whenever that changes. */
export type Rights = {
    readonly scopes: readonly string[];
    readonly reason: RightsReason;
    readonly profile?: Profile;
};
/** Something people should know. `percent` is 50, 80 or 100: at 100 nothing can be written any more. */
export type Notice = {
    readonly kind: "document-size";
    readonly percent: number;
    readonly bytes: number;
    readonly limitBytes: number;
};
/** What the server sends. `seq` is the log position the receiver has reached with this message. */
export type ServerMessage = {
    readonly type: "welcome";
    readonly welcome: Welcome;
} | {
    readonly type: "sync-step-1";
    readonly stateVector: Uint8Array;
} | {
    readonly type: "sync-step-2";
    readonly seq: number;
    readonly update: Uint8Array;
} | {
    readonly type: "update";
    readonly seq: number;
    readonly update: Uint8Array;
} | {
    readonly type: "awareness";
    readonly update: Uint8Array;
} | {
    readonly type: "ack";
    readonly number: number;
} | {
    readonly type: "refused";
    readonly number: number;
    readonly reason: string;
}
/** The token ends in so many seconds: send a fresh one. */
 | {
    readonly type: "token-wanted";
    readonly seconds: number;
} | {
    readonly type: "rights";
    readonly rights: Rights;
} | {
    readonly type: "notice";
    readonly notice: Notice;
};

// client/awareness-presence.ts

import type { DocumentProvider } from "./document-provider.ts";
import type { PresenceSource } from "./presence/presence-source.ts";
/**
 * Who else has the document open. Each client is an actor of its own, by its Yjs client id: awareness knows no people. Listens as
 * long as the provider lives.
 *
 * @example
 * ```ts
 * const presence = awarenessPresence(provider);
 * presence.on("others", () => console.log(presence.others.size));
 * ```
 */
export declare function awarenessPresence(provider: DocumentProvider): PresenceSource;

// client/document-provider.ts

/**
 * The provider: one document, one room.
 * @module
 */
import { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import type { CloseInfo } from "./connection.ts";
import type { ConnectionStatus, EventName, Listener } from "./provider-events.ts";
import { type DocumentProviderOptions } from "./options.ts";
import type { PresenceState } from "./presence.ts";
import type { SaveStateName } from "./save-state.ts";
/**
 * Keeps a `Y.Doc` in sync with its room, over blips, sleep and being offline.
 *
 * @example
 * ```ts
 * const doc = new Y.Doc();
 * const provider = new DocumentProvider({ url: "https://roost.example.com", id: "team/notes", doc });
 * provider.setPresence({ user: { name: "Alice", color: "#7c3aed" } });
 * provider.on("save-state", (state) => console.log(state));
 * await provider.whenSynced;
 * doc.getText("content").insert(0, "Hello");
 * await provider.whenSaved();
 * ```
 */
export declare class DocumentProvider {
    #private;
    readonly id: string;
    readonly doc: Y.Doc;
    /** For editor bindings. Its own timers are stopped: the server says who is gone. */
    readonly awareness: Awareness;
    /** Resolves at the first sync; rejects if the provider is destroyed before. */
    readonly whenSynced: Promise<void>;
    /** Settles when the copy in the browser's storage is in the document, or there is none; never rejects. */
    readonly offlineReady: Promise<void>;
    /** Throws TypeError on a bad address, id or token: no retry would heal them. */
    constructor(options: DocumentProviderOptions);
    get status(): ConnectionStatus;
    get saveState(): SaveStateName;
    /** What the server last said this client may do (`read`, `write`, `presence`, …); undefined before it said anything. */
    get scopes(): readonly string[] | undefined;
    /** False once the server said that this client may not write, until it says otherwise. What is made meanwhile waits here. */
    get canWrite(): boolean;
    /** Why the last socket closed; undefined before the first close. */
    get lastClose(): CloseInfo | undefined;
    /**
     * Calls `listener` at each event; returns what stops that. A listener that throws hurts nobody.
     *
     * @example
     * ```ts
     * const stop = provider.on("closed", ({ code, reason, final }) => {
     *   if (final) alert(`${reason} (${code})`);
     * });
     * ```
     */
    on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void;
    /** Like {@link on}, for the next event only. */
    once<Name extends EventName>(name: Name, listener: Listener<Name>): () => void;
    off<Name extends EventName>(name: Name, listener: Listener<Name>): void;
    /** Resolves when everything made here is durable on the server; rejects when it is refused, or the provider destroyed. */
    whenSaved(): Promise<void>;
    /**
     * Merges `fields` into what others see of this client.
     *
     * @example
     * ```ts
     * provider.setPresence({ user: { name: "Alice", color: "#7c3aed" }, isTyping: true });
     * ```
     */
    setPresence(fields: PresenceState): void;
    /**
     * Asks the token function anew and sends what it returns, as after the rights of this user changed; `rights` says what came of
     * it. Without a socket it does nothing: the next attempt asks anyway.
     */
    refreshToken(): void;
    /** Connects, and goes on trying until {@link disconnect} or a close code that is final. */
    connect(): void;
    /** Leaves cleanly: others see it at once. The document stays usable; tabs and the offline copy go on. */
    disconnect(): void;
    /** Sends what waits, leaves, and lets go of every socket, channel, timer and listener. The document is not destroyed. */
    destroy(): void;
}

// client/connection.ts

import { ProviderError } from "./provider-error.ts";
import { type Question } from "./refusal.ts";
import type { OpenSocket } from "./socket.ts";
import { type TokenPort } from "./token.ts";
/** Why a socket closed. `final`: it stays closed until somebody calls `connect()`. */
export type CloseInfo = {
    readonly code: number;
    readonly reason: string;
    readonly final: boolean;
};
export type ConnectionOptions = Question & {
    readonly socketUrl: string;
    readonly openSocket: OpenSocket;
    /** What both sides speak. */
    readonly subprotocol: string;
    readonly token: TokenPort;
    /** Constructor where there is no global one. */
    readonly WebSocket: unknown;
    readonly onOpen: () => void;
    readonly onFrame: (frame: Uint8Array) => void;
    readonly onClose: (info: CloseInfo) => void;
    readonly onError: (error: ProviderError) => void;
};
export declare class Connection {
    #private;
    constructor(options: ConnectionOptions);
    get isOpen(): boolean;
    /** Sends a frame; does nothing while the socket is not open. */
    send(frame: Uint8Array<ArrayBuffer>): void;
    /** The server accepted us and the document is in sync. */
    synced(): void;
    /** Ends a wait for the next attempt, or asks an open socket for a sign of life. A pause that the server asked for is kept. */
    hurry(): void;
    /** Sends a token got anew, see {@link Token.renew}; without a socket the next attempt brings one. */
    renewToken(isWanted: boolean): void;
    /** Gives the socket up and connects again after the usual delay. */
    retry(reason: string): void;
    /** Closes for good, without an `onClose`. */
    close(): void;
}

// client/provider-error.ts

/**
 * What the SDK reports through its `error` event.
 * @module
 */
/**
 * Where it went wrong: `offline` the browser's own storage, `token` the application's token or its function, `frame` bytes of the
 * server, `refused` a change the server will not take, `too-large` a change or a presence over the limits, `tabs` the channel between tabs,
 * `address` something else than Roost answers there, `unavailable` the server lets this client in later (locked, too many, in trouble),
 * `destroyed` something waited for a provider that is gone.
 */
export type ProviderErrorKind = "offline" | "token" | "frame" | "refused" | "too-large" | "tabs" | "address" | "unavailable" | "destroyed";
/** Nothing here ends the provider: it goes on, and says what it could not do. */
export declare class ProviderError extends Error {
    readonly kind: ProviderErrorKind;
    constructor(kind: ProviderErrorKind, message: string, cause?: unknown);
}
/** The text of anything that was thrown. */
export declare function messageOf(thrown: unknown): string;

// client/refusal.ts

/**
 * Why a handshake failed. A browser hides the answer to a refused upgrade and says 1006; the server gives the same one to a plain
 * request, and some answers are final.
 * @module
 */
import type { CloseFrame } from "../src/protocol/close-codes.ts";
import { ProviderError } from "./provider-error.ts";
export type Question = {
    /** Summary of the room, asked for the reason when handshakes fail. */
    readonly httpUrl: string;
    readonly readSummary?: ReadSummary;
};
/** What the last attempt showed; empty for nothing. Renewable: the next one brings another. */
type Shown = {
    readonly current: string;
    readonly isRenewable: boolean;
};
/**
 * Code and reason when the server says that it will go on refusing; an error to show while the retries go on: `address` where
 * something else answers, `token` for one that has ended, `unavailable` where the server asks for patience. Undefined for what
 * says nothing, no answer included.
 */
export declare function askRefusal(question: Question, { current, isRenewable }: Shown, signal: AbortSignal): Promise<CloseFrame | ProviderError | undefined>;
/** What the answer of a room that can be read, but not joined, may say of it. */
export type Summary = {
    readonly lock?: string;
    readonly people?: number;
    readonly connections?: number;
    readonly size?: string;
};
/** What a summary says to a client that cannot join; undefined where it says nothing about that. */
export type ReadSummary = (summary: Summary) => ProviderError | undefined;
export {};

// src/protocol/close-codes.ts

/**
 * Why a socket is closed, and the code that says so (DESIGN §6). Codes in 4400–4499 are final for y-websocket 3.1;
 * everything retryable lies outside.
 * @module
 */
export type CloseReason = "malformed" | "too-large" | "unauthorized" | "forbidden" | "deleted" | "refresh-token" | "hello-late" | "too-fast" | "vanished" | "unavailable" | "internal" | "normal";
export type CloseFrame = {
    readonly code: number;
    readonly reason: string;
};
/** Code and text per reason. Texts stay below the 123 bytes of RFC 6455 §5.5. */
export declare const CLOSE_FRAMES: Readonly<Record<CloseReason, CloseFrame>>;
/** True when a client must not reconnect by itself after `code`. */
export declare function isFinalCloseCode(code: number): boolean;
/** True when a client reconnects with a longer delay after `code`. */
export declare function isBackOffCloseCode(code: number): boolean;

// client/socket.ts

/**
 * What {@link Connection} needs of a socket that connects again and again: when it does is the connection's affair.
 * @module
 */
/** A room that wakes from R2 needs more than the usual 4 s, and giving up early makes its load worse. */
export declare const CONNECT_TIMEOUT_MS = 10000;
export type SocketPorts = {
    readonly socketUrl: string;
    /** Asked before every attempt, which waits for the answer; never rejects. */
    readonly protocols: () => Promise<string[]>;
    /** Constructor where there is no global one. */
    readonly WebSocket: unknown;
    readonly onOpen: () => void;
    readonly onData: (data: unknown) => void;
    /** Once per attempt: closed by the server, failed or timed out (1006), or given up by us. */
    readonly onLost: (code: number, reason: string) => void;
};
export interface Socket {
    isOpen(): boolean;
    /** Only while open. */
    send(data: Uint8Array<ArrayBuffer> | string): void;
    /** Gives this socket up, tells of it, and makes the next attempt. */
    reconnect(code: number, reason: string): void;
    /** Ends socket and attempts; may tell of it, once. */
    close(): void;
}
/** Makes the first attempt at once, and another one after every close code that is not final. */
export type OpenSocket = (ports: SocketPorts) => Socket;
/** The connection is gone, without a word. */
export declare const ABNORMAL_CODE = 1006;

// client/token.ts

/**
 * The application's token: asked for at every attempt to connect, and again in the socket before it ends.
 * @module
 */
import { ProviderError } from "./provider-error.ts";
/** A token, or what gets a fresh one: called for every attempt and before the one in use ends, so it may be short-lived. */
export type TokenSource = string | (() => string | Promise<string>);
/** What a connection asks of it. */
export interface TokenPort {
    /** The one last used; empty before the first, and where there is none. */
    readonly current: string;
    /** Asking again brings another one. */
    readonly isRenewable: boolean;
    /** A token for the next attempt; empty for none. Rejects where there should be one. */
    next(): Promise<string>;
    /** Gets a token anew and sends it. */
    renew(isWanted: boolean): void;
    /** The socket is gone: the next attempt asks anyway. */
    stop(): void;
}
export type TokenPorts = {
    readonly source: TokenSource;
    /** Sends a fresh token on the socket that is open. */
    readonly send: (token: string) => void;
    readonly onError: (error: ProviderError) => void;
};
export declare class Token implements TokenPort {
    #private;
    constructor(ports: TokenPorts);
    /** The one last used; empty before the first, and where there is none. */
    get current(): string;
    /** Asking again brings another one. */
    get isRenewable(): boolean;
    /** A token for the next attempt. Rejects with what the application's function throws, and for what a sub-protocol cannot carry. */
    next(): Promise<string>;
    /**
     * Gets a token and sends it. Where the server wants one it has to be another than the one in use, and is asked for until there is
     * one, or until {@link stop}.
     */
    renew(isWanted: boolean): void;
    /** The socket is gone: the next attempt asks anyway. */
    stop(): void;
}
/** Throws TypeError for text that a sub-protocol cannot carry: letters, digits and `-._~+` it can. */
export declare function assertToken(token: string): void;
export declare function tokenError(error: unknown): ProviderError;

// client/provider-events.ts

/**
 * What a provider tells, by name.
 * @module
 */
import type { Notice, RightsReason } from "../src/protocol/messages.ts";
import type { CloseInfo } from "./connection.ts";
import type { ProviderError } from "./provider-error.ts";
import type { SaveStateName } from "./save-state.ts";
/** `connecting`: on the way to a sync. `synced`: everything the server has is here. `offline`: no socket; editing goes on. */
export type ConnectionStatus = "connecting" | "synced" | "offline";
/**
 * What the server lets this client do, and why it says so: `welcome` on a socket that allows something else than the last one. With
 * `token-expired` what is typed waits for the next token, so an editor need not be locked.
 */
export type RightsInfo = {
    readonly scopes: readonly string[];
    readonly reason: RightsReason | "welcome";
};
export type DocumentProviderEvents = {
    readonly status: ConnectionStatus;
    readonly "save-state": SaveStateName;
    /** The document is complete, after each connect. */
    readonly synced: undefined;
    /** A socket closed, or an attempt failed. */
    readonly closed: CloseInfo;
    /** What this client may do, at first and whenever that changes. */
    readonly rights: RightsInfo;
    /** Something people should know, as that the document is nearly full. */
    readonly notice: Notice;
    /** Something went wrong that the provider lives with; without a listener it is a console warning. */
    readonly error: ProviderError;
};
export type EventName = keyof DocumentProviderEvents;
export type Listener<Name extends EventName> = (value: DocumentProviderEvents[Name]) => void;

// client/save-state.ts

/**
 * Whether everything typed here is durable on the server. Counting only; no document, socket or clock.
 * @module
 */
/**
 * - `saved`: every change made here is a row in the room's database.
 * - `saving`: on its way, the socket is open.
 * - `unsaved`: held here only (and in the browser's storage, if that is on), for lack of a socket or of the right to write.
 * - `refused`: the server will not take it: the document is full, or the change too large.
 */
export type SaveStateName = "saved" | "saving" | "unsaved" | "refused";
/**
 * Numbers what is sent and listens to acks. A message counts only if it carries something unsaved: the step 2 that answers
 * every connect does not make a clean document look busy.
 */
export declare class SaveState {
    #private;
    constructor(onChange: (state: SaveStateName) => void);
    get state(): SaveStateName;
    /** True while closing the page could lose what was typed in it. Content that came from the browser's storage is still there. */
    get mayLose(): boolean;
    /** True when a full answer to the server's step 1 has to be acked before this is saved. */
    get hasUnsent(): boolean;
    /** False once the server said so, until it says otherwise. */
    get mayWrite(): boolean;
    /** A change was made here. */
    changed(): void;
    /** Content appeared whose place on the server is unknown: it was in the document from the start, or in the browser's storage. */
    loaded(): void;
    opened(): void;
    closed(): void;
    /** The server said whether this client may write. When it may again, what was refused is asked for with the rest. */
    allow(mayWrite: boolean): void;
    /** Number of a message that carries everything unsent. */
    numberForAll(): number;
    /** Number of a message that carries something unsaved, but not what is unsent here. */
    numberForSome(): number;
    /** Number of a message that carries nothing. */
    numberForNothing(): number;
    /** The server's state shows that nothing here is new. */
    nothingNew(): void;
    /** Every message up to `number` is durable. Acks may be lost or come late: the highest one counts; one never asked for counts as the last. */
    acked(number: number): void;
    /**
     * Message `number` will never be applied. False when that is no loss: it carried nothing of ours, as a reader's answer to
     * step 1, or was on its way when the right to write ended, and waits for it here.
     */
    refused(number: number): boolean;
    /** What is here will not be sent: it is over the limits. */
    refuse(): void;
}

// client/options.ts

/**
 * What a provider is made from, with its defaults.
 * @module
 */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { type RoomAddress } from "./address.ts";
import type { TokenSource } from "./token.ts";
/** Below what a person notices, above what one keystroke's transactions need. */
export declare const DEFAULT_MERGE_MS = 8;
export type DocumentProviderOptions = {
    /** Server: `https://`, `http://`, `wss://` or `ws://`, with a path where Roost is mounted below one. Default: the page's origin. */
    readonly url?: string;
    /** Document id, 1–256 bytes; `/` is allowed. */
    readonly id: string;
    readonly doc: Y.Doc;
    /** Default: a new one. Its timers are stopped. */
    readonly awareness?: Awareness;
    /**
     * Goes as the second sub-protocol, `roost.token.<token>`, never into the address, so it has to be letters, digits
     * and `-._~+`: a JWT and a key are. A function is called for every attempt to connect, and in time before the token ends:
     * with one, nobody who is typing notices. A text cannot be renewed.
     */
    readonly token?: TokenSource;
    /** Publishable key, `pk_…`, instead of a token: for pages whose visitors have no name. */
    readonly key?: string;
    /** Keeps a copy in IndexedDB. Default: true where there is one. */
    readonly offline?: boolean;
    /** Shares with other tabs of this browser. Default: true in a page, false outside one (a Node process has no tabs). */
    readonly broadcast?: boolean;
    /** Default: true. */
    readonly connect?: boolean;
    /** Asks before the page closes while a change made in it is not saved. Default: true. */
    readonly guardUnload?: boolean;
    /** Milliseconds that local changes wait to share a frame. Default: 8. */
    readonly mergeMs?: number;
    /** Constructor, where there is no global `WebSocket`. */
    readonly WebSocket?: unknown;
    /** Who this is, on a server in open mode only; elsewhere the token says it. */
    readonly user?: string;
};
export type ResolvedOptions = RoomAddress & {
    /** Empty: none. */
    readonly token: TokenSource;
    /** `roost:<httpUrl>` without parameters: names the offline copy and the channel between tabs. */
    readonly localName: string;
    readonly useOffline: boolean;
    readonly useTabs: boolean;
    readonly mergeMs: number;
};
/** Throws TypeError on what no retry would heal: a bad address, id or token, an option that does not exist. */
export declare function resolveOptions(options: DocumentProviderOptions): ResolvedOptions;

// client/address.ts

import { type TokenSource } from "./token.ts";
export type RoomAddress = {
    readonly socketUrl: string;
    /** Its summary over HTTP, where a refusal says why. */
    readonly httpUrl: string;
};
/**
 * The addresses of room `id` below `/v1/<kind>/`, on the page's own server where `base` names none. Throws TypeError on what no retry
 * would heal.
 */
export declare function resolveAddress(base: string | undefined, kind: string, id: string, user?: string): RoomAddress;
/** What shows who this is; empty for nothing. Throws TypeError on what no server would take. */
export declare function resolveToken(key: string | undefined, token?: TokenSource): TokenSource;
/** Throws TypeError where there is no WebSocket to use. */
export declare function assertWebSocket(own: unknown): void;

// client/presence.ts

import { type Awareness } from "y-protocols/awareness";
import type { Profile } from "../src/protocol/messages.ts";
import { ProviderError } from "./provider-error.ts";
/** What others see of this client. Bindings put their cursor in it; `user` is what they show beside it. */
export type PresenceState = {
    readonly user?: {
        readonly name?: string;
        readonly color?: string;
        readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
};
export type PresencePorts = {
    readonly awareness: Awareness;
    /** Own state, alone, as an awareness update. */
    readonly send: (update: Uint8Array) => void;
    readonly onError: (error: ProviderError) => void;
};
/** Sends the own state only, the last one of each interval; never repeats what it heard from others. */
export declare class Presence {
    #private;
    constructor(ports: PresencePorts);
    /** Own state as it is; undefined while nobody has set one. */
    current(): Uint8Array | undefined;
    /** Own state one clock up, for a server that may hold an older one; undefined while nobody has set one. */
    renewed(): Uint8Array | undefined;
    /** The own state as null, one clock up, without touching the local one: what a leaving tab tells those who saw one. */
    farewell(): Uint8Array | undefined;
    /** From here on the own state carries what the token says of this person, whatever the application sets. */
    wear(profile: Profile | undefined): void;
    /** Applies what the server or a tab says. About ourselves only its clock counts. Throws on bytes that are no awareness update. */
    receive(update: Uint8Array, origin: object): void;
    /** Removes everybody else and forgets their clocks: a state that is sent again with the same clock must show at once. */
    forgetOthers(origin: object): void;
    destroy(): void;
}

// client/presence/presence-source.ts

/**
 * Who else is here, in the words that hooks and widgets share, whether a presence room or a document tells them.
 * @module
 */
import type { ActorId, Face, Pace, Person } from "../../src/protocol/presence-messages.ts";
import type { CloseInfo } from "../connection.ts";
import type { ProviderError } from "../provider-error.ts";
import type { ConnectionStatus } from "../provider-events.ts";
/** One person, however many tabs. Never changes: who changes is another object. The cursor is apart, as it moves all the time. */
export type Other = Omit<Person, "cursor"> & {
    readonly actor: ActorId;
};
/** Where somebody points: fractions of the width and height of an anchor, named by its hash; 0 is the page. */
export type CursorPoint = {
    readonly anchor: number;
    readonly x: number;
    readonly y: number;
};
/** Where oneself points: 0…1 of the element that `anchor` names on every page of the room; without a name the page itself. */
export type OwnCursor = {
    readonly anchor?: string;
    readonly x: number;
    readonly y: number;
};
/** How others see this page's visitor. `actor` is 0 for who only looks on. */
export type Self = {
    readonly actor: ActorId;
    readonly user: Face;
    readonly state: Readonly<Record<string, unknown>>;
    readonly scopes: readonly string[];
};
export type Counts = {
    readonly people: number;
    readonly connections: number;
};
export type PresenceEvents = {
    readonly self: Self | null;
    /** Who came, changed or went. */
    readonly others: readonly ActorId[];
    readonly cursor: {
        readonly actor: ActorId;
        readonly position: CursorPoint | null;
    };
    readonly counts: Counts;
    readonly status: ConnectionStatus;
};
export type PresenceClientEvents = PresenceEvents & {
    /** Something somebody broadcast. */
    readonly event: {
        readonly actor: ActorId;
        readonly name: string;
        readonly data: unknown;
    };
    /** How often something was broadcast, in rooms too large to pass each on. */
    readonly tally: {
        readonly name: string;
        readonly times: number;
    };
    readonly pace: Pace;
    /** A socket closed, or an attempt failed. */
    readonly closed: CloseInfo;
    /** Something went wrong that the client lives with; without a listener it is a console warning. */
    readonly error: ProviderError;
};
/** What both presence rooms and documents tell. */
export interface PresenceSource {
    /** Null until the server said who this is. */
    readonly self: Self | null;
    /** The same map until somebody comes, changes or goes. */
    readonly others: ReadonlyMap<ActorId, Other>;
    /** The same map until a cursor moves. */
    readonly cursors: ReadonlyMap<ActorId, CursorPoint>;
    readonly counts: Counts;
    readonly status: ConnectionStatus;
    /** Sets one key of what others see; undefined takes it away. */
    setState(key: string, value: unknown): void;
    setCursor(position: OwnCursor | null): void;
    /** Calls `listener` at each event; returns what stops that. */
    on<Name extends keyof PresenceEvents>(name: Name, listener: (value: PresenceEvents[Name]) => void): () => void;
}

// src/protocol/presence-messages.ts

/**
 * The messages of `roost.presence.v1`: shapes and directions. Their bytes are in presence-client-frames.ts and presence-server-frames.ts, their grammar in PRESENCE.md.
 * @module
 */
import type { Profile, Rights } from "./messages.ts";
/** Sub-protocol of presence rooms. */
export declare const PRESENCE_SUBPROTOCOL = "roost.presence.v1";
export declare const PRESENCE_VERSION = 1;
/** One frame of a client. */
export declare const MAX_PRESENCE_FRAME_BYTES: number;
/** Stands for one person in one room; 0 is nobody. */
export type ActorId = number;
/** The index is the wire's number. */
export declare const PERSON_STATUSES: readonly ["active", "idle", "away"];
export type PersonStatus = (typeof PERSON_STATUSES)[number];
/** What a page says of its visitor, where no token does. */
export type Face = Profile;
/** An anchor's hash, and how far from its left and top edge, as a fraction of 65,535. */
export type CursorPosition = {
    readonly anchor: number;
    readonly x: number;
    readonly y: number;
};
/** The part of the page that is shown, as fractions of 65,535 of its height. */
export type View = {
    readonly top: number;
    readonly bottom: number;
};
export type Hello = {
    readonly person?: string;
    readonly user?: Face;
    readonly state?: Readonly<Record<string, unknown>>;
    readonly view?: View;
};
export type Person = {
    /** The user of a token. */
    readonly id?: string;
    readonly user: Face;
    readonly state: Readonly<Record<string, unknown>>;
    readonly status: PersonStatus;
    /** Where it types; empty when it does not. */
    readonly typing: string;
    readonly cursor: CursorPosition | null;
};
export declare const ROOM_SIZES: readonly ["full", "sampled", "count"];
export type RoomSize = (typeof ROOM_SIZES)[number];
/** Messages a second that a client may send of each kind, and how often it hears counts at most. */
export type PresenceRates = {
    readonly state: number;
    readonly cursor: number;
    readonly typing: number;
    readonly event: number;
    readonly counts: number;
};
/** So much of what this socket said is beyond the limits, and as if it had not been said; `reason` is that of the last of it. */
export type Refused = {
    readonly times: number;
    readonly reason: string;
};
/** Since it was last told, `dropped`: so many volatile messages of this socket were above its rate; `refused`: where something was. */
export type Pace = {
    readonly mode: RoomSize;
    readonly hz: PresenceRates;
    readonly dropped: number;
    readonly refused?: Refused;
    /** A question: who reads this answers with it at once, in `read`. Any number above 0. */
    readonly ask?: number;
};
export type PresenceClientMessage = {
    readonly type: "hello";
    readonly version: number;
    readonly hello: Hello;
}
/** `json` empty: the key is gone. */
 | {
    readonly type: "state";
    readonly key: string;
    readonly json: string;
}
/** Without an anchor: the one named last. */
 | {
    readonly type: "cursor";
    readonly anchor?: number;
    readonly x: number;
    readonly y: number;
} | {
    readonly type: "gone";
} | {
    readonly type: "typing";
    readonly where: string;
} | {
    readonly type: "event";
    readonly name: string;
    readonly json: string;
} | {
    readonly type: "status";
    readonly status: PersonStatus;
} | {
    readonly type: "view";
    readonly view: View;
    readonly follows: ActorId;
} | {
    readonly type: "bye";
} | {
    readonly type: "token";
    readonly token: string;
}
/** Answers `ask` of a pace: all that came before it was read. */
 | {
    readonly type: "read";
    readonly number: number;
};
export type PresenceWelcome = {
    readonly version: number;
    readonly session: string;
    /** 0 for who only hears. */
    readonly actor: ActorId;
    readonly scopes: readonly string[];
    readonly profile?: Profile;
};
export type PresenceServerMessage = {
    readonly type: "welcome";
    readonly welcome: PresenceWelcome;
} | {
    readonly type: "person";
    readonly actor: ActorId;
    readonly person: Person;
} | {
    readonly type: "left";
    readonly actor: ActorId;
} | {
    readonly type: "state";
    readonly actor: ActorId;
    readonly key: string;
    readonly json: string;
} | {
    readonly type: "cursor";
    readonly actor: ActorId;
    readonly anchor?: number;
    readonly x: number;
    readonly y: number;
} | {
    readonly type: "gone";
    readonly actor: ActorId;
} | {
    readonly type: "typing";
    readonly actor: ActorId;
    readonly where: string;
} | {
    readonly type: "event";
    readonly actor: ActorId;
    readonly name: string;
    readonly json: string;
} | {
    readonly type: "status";
    readonly actor: ActorId;
    readonly status: PersonStatus;
} | {
    readonly type: "counts";
    readonly people: number;
    readonly connections: number;
} | {
    readonly type: "pace";
    readonly pace: Pace;
} | {
    readonly type: "tally";
    readonly name: string;
    readonly times: number;
} | {
    readonly type: "reset";
} | {
    readonly type: "token-wanted";
    readonly seconds: number;
} | {
    readonly type: "rights";
    readonly rights: Rights;
};

// client/presence/index.ts

/**
 * `roost/presence`: rooms of people without a document. No Yjs.
 * @module
 */
export type { ActorId, Face, Pace, Person, PersonStatus, PresenceRates, RoomSize, } from "../../src/protocol/presence-messages.ts";
export type { CloseInfo } from "../connection.ts";
export { ProviderError, type ProviderErrorKind } from "../provider-error.ts";
export type { ConnectionStatus } from "../provider-events.ts";
export type { TokenSource } from "../token.ts";
export { anchorHash } from "./anchor.ts";
export { CursorPath } from "./cursor-path.ts";
export { PresenceClient } from "./presence-client.ts";
export { type PresenceClientOptions, presenceUrl } from "./presence-options.ts";
export type { Counts, CursorPoint, Other, OwnCursor, PresenceClientEvents, PresenceEvents, PresenceSource, Self, } from "./presence-source.ts";

// client/presence/anchor.ts

/** FNV-1a of the name, 32 bits: what cursors carry in its place. 0 is the page itself, which has no name. */
export declare function anchorHash(name: string): number;
/** 0…1 as the wire has it; what lies outside becomes the nearest edge. */
export declare function toFraction(part: number): number;
export declare function fromFraction(fraction: number): number;

// client/presence/cursor-path.ts

/**
 * Cursors that come a few times a second, drawn at every frame of the screen.
 * @module
 */
type Point = {
    readonly x: number;
    readonly y: number;
};
/**
 * A straight way from where the cursor is drawn to where it was heard last, walked in one interval of the pace: it lags by no more than that,
 * and is never anywhere but between two places where it was.
 *
 * @example
 * ```ts
 * const path = new CursorPath();
 * client.on("cursor", ({ position }) => position !== null && path.push(position.x, position.y, performance.now()));
 * const { x, y } = path.at(performance.now());
 * ```
 */
export declare class CursorPath {
    #private;
    /** The cursor was heard of here; times are in milliseconds and do not go back. */
    push(x: number, y: number, atMs: number): void;
    /** Where to draw it. */
    at(nowMs: number): Point;
    /** The cursor is where it was heard last: nothing has to be drawn until it is heard again. */
    isAtRest(nowMs: number): boolean;
}
export {};

// client/presence/presence-client.ts

/**
 * The client of presence rooms: who is here, where they point, what they say. No document, no Yjs.
 * @module
 */
import { type ActorId, type Face, type PersonStatus } from "../../src/protocol/presence-messages.ts";
import { type PresenceClientOptions } from "./presence-options.ts";
import type { OwnCursor, PresenceSource } from "./presence-source.ts";
import { PresenceView } from "./presence-view.ts";
/**
 * Joins a presence room, and stays in it over blips, sleep and hidden pages. The server says how often each kind of thing is sent;
 * of what is said faster, the last counts.
 *
 * @example
 * ```ts
 * const client = new PresenceClient({ url: "https://roost.example.com", room: "lobby", user: { name: "Alice" } });
 * client.on("others", () => console.log([...client.others.values()].map(({ user }) => user.name)));
 * client.setCursor({ anchor: "board", x: 0.5, y: 0.25 });
 * client.broadcast("wave");
 * ```
 */
export declare class PresenceClient extends PresenceView implements PresenceSource {
    #private;
    /** Throws TypeError on a bad address or key: no retry would heal them. */
    constructor(options: PresenceClientOptions);
    /** Connects, and goes on trying until {@link disconnect} or a close code that is final. */
    connect(): void;
    /** Leaves cleanly: others see it at once. Nothing stays behind, and {@link connect} comes back. */
    disconnect(): void;
    /** Leaves for good. */
    destroy(): void;
    /** Sets one key of what others see; undefined takes it away. What the server would not take, as over 8 KB in all, is an `error`, and not set. */
    setState(key: string, value: unknown): void;
    /** How others see this visitor; what a token says stands in its place. Of what the server does not take, it shows the rest. */
    setUser(user: Face): void;
    /** Whether this visitor is there. Hidden pages, and those without input for a minute, say so by themselves. */
    setStatus(status: PersonStatus): void;
    /** What of the page is shown, as fractions of its height, and whom it follows: large rooms tell of those first. */
    setView(top: number, bottom: number, follows?: ActorId): void;
    setCursor(position: OwnCursor | null): void;
    /** Where this visitor types, at most 64 characters; null when it stopped. */
    setTyping(where: string | null): void;
    /** Tells everybody here, once, and nobody later. False where it is not sent: no socket, faster than the pace, over 4 KB. */
    broadcast(name: string, data?: unknown): boolean;
}

// client/presence/presence-options.ts

/**
 * What a presence client is made from.
 * @module
 */
import type { Face } from "../../src/protocol/presence-messages.ts";
import type { TokenSource } from "../token.ts";
export type PresenceClientOptions = {
    /** Server: `https://`, `http://`, `wss://` or `ws://`, with a path where Roost is mounted below one. Default: the page's origin. */
    readonly url?: string;
    /** Room id, 1–256 bytes. */
    readonly room: string;
    /** Publishable key, `pk_…`, for pages whose visitors have no name. */
    readonly key?: string;
    /** As of `DocumentProvider`. */
    readonly token?: TokenSource;
    /** How others see this visitor, where no token says it. */
    readonly user?: Face;
    /** What `setState` would set, from the start. */
    readonly state?: Readonly<Record<string, unknown>>;
    /**
     * What the tabs of this visitor have in common, told to nobody: 16–64 letters, digits, `-` and `_`. Default: a random text for each
     * browser session.
     */
    readonly person?: string;
    /** Default: true. */
    readonly connect?: boolean;
    /** Constructor, where there is no global `WebSocket`. */
    readonly WebSocket?: unknown;
    /** Never points more often, whatever the server's pace. */
    readonly maxCursorHz?: number;
};
export type ResolvedPresence = {
    /** Origin of the server. */
    readonly server: string;
    readonly socketUrl: string;
    /** Answers with counts, to whom may join. */
    readonly httpUrl: string;
    readonly source: TokenSource;
    readonly WebSocket: unknown;
    /** Undefined: to be shared by the tabs of this browser. */
    readonly person: string | undefined;
    /** A token says who this is; the tabs of one user are one person without a word. */
    readonly hasToken: boolean;
};
/** Throws TypeError on what no retry would heal. What is wrong with a room's id the server says. */
export declare function resolvePresence(options: PresenceClientOptions): ResolvedPresence;
/**
 * Where a room answers over HTTP: with its people, and below `/count` with how many they are. `url` is that of the server; throws
 * TypeError on one that is none.
 */
export declare function presenceUrl(url: string | undefined, room: string): string;

// client/presence/presence-view.ts

/**
 * What the server has told of a room. Everything handed out is immutable: the same object until it changes.
 * @module
 */
import { type ActorId, type Pace } from "../../src/protocol/presence-messages.ts";
import { Events } from "./events.ts";
import type { ConnectionStatus } from "../provider-events.ts";
import { OwnState } from "./own-state.ts";
import type { Counts, CursorPoint, Other, PresenceClientEvents, PresenceSource, Self } from "./presence-source.ts";
import type { Heard } from "./wire.ts";
type Reading = Pick<PresenceSource, "self" | "others" | "cursors" | "counts" | "status" | "on">;
export declare abstract class PresenceView implements Reading {
    #private;
    protected readonly events: Events<PresenceClientEvents>;
    protected readonly state: OwnState;
    /** Null until the server said who this is. */
    get self(): Self | null;
    get others(): ReadonlyMap<ActorId, Other>;
    get cursors(): ReadonlyMap<ActorId, CursorPoint>;
    get counts(): Counts;
    /** What the server last said about the room's size and how often to send; null before. */
    get pace(): Pace | null;
    get status(): ConnectionStatus;
    /** Calls `listener` at each event; returns what stops that. A listener that throws hurts nobody. */
    on<Name extends keyof PresenceClientEvents>(name: Name, listener: (value: PresenceClientEvents[Name]) => void): () => void;
    /** Applies all of a frame, then tells of it. Throws on JSON that is none. */
    protected hear(messages: readonly Heard[]): void;
    /** What is known of oneself, from here on. */
    protected setSelf(fields: Partial<Self>): void;
    protected turn(status: ConnectionStatus): void;
    /** Nobody is known any more, nor how many: only what a room says that lets nobody in. One's own number may be somebody else's. */
    protected forget(people?: number, connections?: number): void;
}
export {};

// client/presence/events.ts

/**
 * What a page listens to: the `Emitter` of documents in half its size, as nobody here listens once.
 * @module
 */
import { type EventMap } from "../emitter.ts";
export declare class Events<All extends EventMap> {
    #private;
    /** Listeners are called in the order they came; returns what ends it. */
    on<Name extends keyof All>(name: Name, listener: (value: All[Name]) => void): () => void;
    /** A listener that throws is reported like an uncaught error; the others still run. */
    emit<Name extends keyof All>(name: Name, value: All[Name]): void;
    has(name: keyof All): boolean;
    clear(): void;
}

// client/emitter.ts

/**
 * Typed events whose listeners cannot hurt whoever emits.
 * @module
 */
/** One argument per event name; `undefined` for an event that carries nothing. */
export type EventMap = Readonly<Record<string, unknown>>;
type Listener<T> = (value: T) => void;
/**
 * Calls listeners in the order they came; one that is there twice is called twice. One that throws is reported like an
 * uncaught error; the others still run.
 */
export declare class Emitter<Events extends EventMap> {
    #private;
    /** Adds `listener` and returns what removes it again. */
    on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void;
    /** Like {@link on}, for the next event only. */
    once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void;
    /** Ends whatever {@link on} and {@link once} started for `listener`. */
    off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void;
    emit<Name extends keyof Events>(name: Name, value: Events[Name]): void;
    hasListeners(name: keyof Events): boolean;
    /** Forgets every listener. */
    clear(): void;
}
/** Shows an error of the application the way the platform shows uncaught ones, and goes on. */
export declare function reportUncaught(error: unknown): void;
export {};

// client/presence/own-state.ts

type State = Readonly<Record<string, unknown>>;
export declare class OwnState {
    #private;
    /** As others see it. */
    shown: State;
    /** What this page said, and nobody else since: a new socket begins with it. */
    own: State;
    say(key: string, value: unknown): void;
    /** The whole of it as the server has it, told while nothing is on its way but what was said just now. */
    hear(state: State): void;
}
/** A copy in which the key has another value, or, where JSON does not have that, is not. */
export declare function withKey(state: State, key: string, value: unknown): State;
export {};

// client/presence/wire.ts

/**
 * The bytes of `roost.presence.v1` as a page needs them: it writes what clients say and reads what servers say. The grammar of
 * PRESENCE.md as two tables, and no lib0: what the server uses, src/protocol, would be a fifth of a whole widget. Tests hold the two
 * together.
 * @module
 */
import type { Rights } from "../../src/protocol/messages.ts";
import type { ActorId, Pace, Person, PresenceWelcome } from "../../src/protocol/presence-messages.ts";
/** What a client says: the number of the message, then its fields. JSON is a text already. */
export type Said = readonly [hello: 0, version: number, json: string] | readonly [state: 1, key: string, json: string] | readonly [anchor: 3, anchor: number, x: number, y: number] | readonly [gone: 4] | readonly [typing: 5, where: string] | readonly [event: 6, name: string, json: string] | readonly [status: 7, status: number] | readonly [view: 8, top: number, bottom: number, follows: number] | readonly [bye: 9] | readonly [token: 10, token: string] | readonly [read: 11, ask: number];
/** What a server says. */
export type Heard = readonly [welcome: 0, PresenceWelcome] | readonly [person: 1, ActorId, Person] | readonly [left: 2, ActorId] | readonly [state: 3, ActorId, key: string, json: string] | readonly [cursor: 4, ActorId, x: number, y: number] | readonly [anchor: 5, ActorId, anchor: number, x: number, y: number] | readonly [gone: 6, ActorId] | readonly [typing: 7, ActorId, where: string] | readonly [event: 8, ActorId, name: string, json: string] | readonly [status: 9, ActorId, status: number] | readonly [counts: 10, people: number, connections: number] | readonly [pace: 11, Pace] | readonly [tally: 12, name: string, times: number] | readonly [reset: 13] | readonly [tokenWanted: 14, seconds: number] | readonly [rights: 15, Rights];
export declare function encodeFrame(messages: readonly Said[]): Uint8Array<ArrayBuffer>;
/** Throws on bytes that are not of the grammar. */
export declare function decodeFrame(frame: Uint8Array): readonly Heard[];
