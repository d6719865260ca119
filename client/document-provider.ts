/**
 * The provider: one document, one room.
 * @module
 */
import { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { makeDeferred } from "./deferred.ts";
import type { CloseInfo } from "./connection.ts";
import type { ConnectionStatus, DocumentProviderEvents, EventName, Listener } from "./provider-events.ts";
import { Emitter } from "./emitter.ts";
import { OfflineCopy } from "./offline.ts";
import { type DocumentProviderOptions, resolveOptions } from "./options.ts";
import { UnloadGuard, watchPage } from "./page.ts";
import type { PresenceState } from "./presence.ts";
import type { ProviderError } from "./provider-error.ts";
import { RoomLink } from "./room-link.ts";
import type { SaveStateName } from "./save-state.ts";
import { destroyed, whenSaved } from "./when-saved.ts";

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
export class DocumentProvider {
  readonly id: string;
  readonly doc: Y.Doc;
  /** For editor bindings. Its own timers are stopped: the server says who is gone. */
  readonly awareness: Awareness;
  /** Resolves at the first sync; rejects if the provider is destroyed before. */
  readonly whenSynced: Promise<void>;
  /** Settles when the copy in the browser's storage is in the document, or there is none; never rejects. */
  readonly offlineReady: Promise<void>;
  readonly #events = new Emitter<DocumentProviderEvents>();
  readonly #guard = new UnloadGuard();
  readonly #firstSync = makeDeferred<void>();
  readonly #end = new AbortController();
  readonly #isOwnAwareness: boolean;
  readonly #mustGuardUnload: boolean;
  readonly #link: RoomLink;
  readonly #offline: OfflineCopy | undefined;
  readonly #unwatchPage: () => void;
  #lastClose: CloseInfo | undefined;
  #isWanted: boolean;
  /** The page is put aside: no socket, no channel. */
  #isAway = false;

  /** Throws TypeError on a bad address, id or token: no retry would heal them. */
  constructor(options: DocumentProviderOptions) {
    const resolved = resolveOptions(options);
    const onError = (error: ProviderError) => this.#report(error);
    this.id = options.id;
    this.doc = options.doc;
    this.#isOwnAwareness = options.awareness === undefined;
    this.awareness = options.awareness ?? new Awareness(options.doc);
    this.#mustGuardUnload = options.guardUnload !== false;
    this.whenSynced = this.#firstSync.promise;
    // Nobody has to wait for it.
    this.whenSynced.catch(() => undefined);
    this.#isWanted = options.connect !== false;
    this.#link = new RoomLink({
      doc: this.doc,
      awareness: this.awareness,
      origin: this,
      isStored: (origin) => this.#offline?.isOrigin(origin) === true,
      resolved,
      WebSocket: options.WebSocket,
      onStatus: (status) => this.#onStatus(status),
      onSaveState: () => this.#onSaveState(),
      onClosed: (info) => this.#onClosed(info),
      onRights: (rights) => this.#events.emit("rights", rights),
      onNotice: (notice) => this.#events.emit("notice", notice),
      onError,
    });
    // What the document held before counts as unsaved from the start.
    this.#onSaveState();
    if (resolved.useOffline) this.#offline = new OfflineCopy({ name: resolved.localName, doc: this.doc, onError });
    this.offlineReady = this.#offline?.ready ?? Promise.resolve();
    this.#unwatchPage = this.#watchPage();
    this.doc.on("destroy", this.#onDocDestroy);
    this.#start();
  }

  get status(): ConnectionStatus {
    return this.#link.status;
  }

  get saveState(): SaveStateName {
    return this.#link.save.state;
  }

  /** What the server last said this client may do (`read`, `write`, `presence`, …); undefined before it said anything. */
  get scopes(): readonly string[] | undefined {
    return this.#link.scopes;
  }

  /** False once the server said that this client may not write, until it says otherwise. What is made meanwhile waits here. */
  get canWrite(): boolean {
    return this.#link.save.mayWrite;
  }

  /** Why the last socket closed; undefined before the first close. */
  get lastClose(): CloseInfo | undefined {
    return this.#lastClose;
  }

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
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#events.on(name, listener);
  }

  /** Like {@link on}, for the next event only. */
  once<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#events.once(name, listener);
  }

  off<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    this.#events.off(name, listener);
  }

  /** Resolves when everything made here is durable on the server; rejects when it is refused, or the provider destroyed. */
  whenSaved(): Promise<void> {
    return whenSaved(this, this.#end.signal);
  }

  /**
   * Merges `fields` into what others see of this client.
   *
   * @example
   * ```ts
   * provider.setPresence({ user: { name: "Alice", color: "#7c3aed" }, isTyping: true });
   * ```
   */
  setPresence(fields: PresenceState): void {
    this.awareness.setLocalState({ ...this.awareness.getLocalState(), ...fields });
  }

  /**
   * Asks the token function anew and sends what it returns, as after the rights of this user changed; `rights` says what came of
   * it. Without a socket it does nothing: the next attempt asks anyway.
   */
  refreshToken(): void {
    this.#link.renewToken();
  }

  /** Connects, and goes on trying until {@link disconnect} or a close code that is final. */
  connect(): void {
    if (this.#end.signal.aborted) return;
    this.#isWanted = true;
    if (!this.#isAway) this.#start();
  }

  /** Leaves cleanly: others see it at once. The document stays usable; tabs and the offline copy go on. */
  disconnect(): void {
    this.#isWanted = false;
    this.#link.hangUp();
  }

  /** Sends what waits, leaves, and lets go of every socket, channel, timer and listener. The document is not destroyed. */
  destroy(): void {
    if (this.#end.signal.aborted) return;
    this.#isWanted = false;
    this.#link.destroy();
    this.#unwatchPage();
    this.doc.off("destroy", this.#onDocDestroy);
    if (this.#isOwnAwareness) this.awareness.destroy();
    this.#offline?.destroy();
    this.#guard.set(false);
    this.#end.abort();
    this.#firstSync.reject(destroyed());
    this.#events.clear();
  }

  readonly #onDocDestroy = (): void => this.destroy();

  /** Joins the tabs and, if wanted, the room; after the stored copy, so that only what is new is asked for. */
  #start(): void {
    this.#isAway = false;
    if (this.#isWanted) this.#link.announce();
    const join = () => {
      if (this.#isAway || this.#end.signal.aborted) return;
      this.#link.openTabs();
      if (this.#isWanted) this.#link.connect();
    };
    if (this.#offline === undefined) join();
    else void this.#offline.readyOrSlow.then(join);
  }

  #watchPage(): () => void {
    const hurry = () => this.#link.hurry();
    return watchPage({
      online: hurry,
      visible: hurry,
      hide: () => {
        this.#isAway = true;
        this.#link.closeTabs();
        this.#link.hangUp();
      },
      restore: () => this.#start(),
    });
  }

  #onStatus(status: ConnectionStatus): void {
    this.#events.emit("status", status);
    if (status === "connecting") return;
    const isSynced = status === "synced";
    if (isSynced) {
      this.#firstSync.resolve();
      this.#events.emit("synced", undefined);
    }
    // Yjs' own word for it: doc.isSynced and doc.whenSynced follow.
    this.doc.emit("sync", [isSynced, this.doc]);
  }

  #onClosed(info: CloseInfo): void {
    this.#lastClose = info;
    if (info.final) this.#isWanted = false;
    this.#events.emit("closed", info);
  }

  #onSaveState(): void {
    // Called once while the link is being made, and again right after.
    if (this.#link === undefined) return;
    this.#guard.set(this.#mustGuardUnload && this.#link.save.mayLose);
    this.#events.emit("save-state", this.#link.save.state);
  }

  #report(error: ProviderError): void {
    if (this.#events.hasListeners("error")) this.#events.emit("error", error);
    else console.warn(error);
  }
}
