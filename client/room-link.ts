/**
 * Joins a document, its presence, the tabs of this browser and one socket to the room.
 * @module
 */
import { decodeServerFrame, encodeClientFrame } from "../src/protocol/frames.ts";
import { SUBPROTOCOL } from "../src/protocol/limits.ts";
import type { ClientMessage, Profile, ServerMessage } from "../src/protocol/messages.ts";
import { type CloseInfo, Connection } from "./connection.ts";
import { type ChangeSource, DocumentSync, isSyncMessage } from "./document-sync.ts";
import { openPartySocket } from "./party-socket.ts";
import { Presence } from "./presence.ts";
import { ProviderError, messageOf } from "./provider-error.ts";
import type { ConnectionStatus, RightsInfo } from "./provider-events.ts";
import { Receipts } from "./receipts.ts";
import type { RoomLinkPorts } from "./room-link-ports.ts";
import { SaveState } from "./save-state.ts";
import { Tabs } from "./tabs.ts";
import { Token } from "./token.ts";

/**
 * Order matters in three places: updates are applied before the cursors that point into them; a socket's end is told to the document
 * before the tabs, whose unsent changes then wait for the next step 2; everybody is forgotten before anybody is asked who is there.
 */
export class RoomLink {
  readonly save: SaveState;
  readonly #ports: RoomLinkPorts;
  readonly #sync: DocumentSync;
  readonly #presence: Presence;
  readonly #tabs: Tabs | undefined;
  readonly #receipts = new Receipts((report) => this.#connection?.send(encodeClientFrame([report])));
  #connection: Connection | undefined;
  #scopes: readonly string[] | undefined;
  #status: ConnectionStatus = "offline";

  constructor(ports: RoomLinkPorts) {
    this.#ports = ports;
    const { doc, awareness, origin, resolved, onError } = ports;
    this.save = new SaveState(ports.onSaveState);
    this.#presence = new Presence({ awareness, send: (update) => this.#sendPresence(update), onError });
    this.#sync = new DocumentSync({
      doc,
      save: this.save,
      serverOrigin: origin,
      sourceOf: (transactionOrigin) => this.#sourceOf(transactionOrigin),
      mergeMs: resolved.mergeMs,
      send: (messages) => this.#send(messages),
      onMade: (update) => this.#tabs?.made(update),
      onNumbered: (number) => this.#tabs?.numbered(number),
      onError,
    });
    this.#tabs = resolved.useTabs ? this.#createTabs() : undefined;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** What the server let this client do when it last said so. */
  get scopes(): readonly string[] | undefined {
    return this.#scopes;
  }

  /** Says `connecting` before there is a socket: a stored copy may have to be read first. */
  announce(): void {
    if (this.#connection === undefined) this.#setStatus("connecting");
  }

  openTabs(): void {
    this.#tabs?.open();
  }

  /** The other tabs see this one go. */
  closeTabs(): void {
    this.#tabs?.close();
  }

  /** Connects; while it waits to try again, tries now. */
  connect(): void {
    if (this.#connection !== undefined) return this.#connection.hurry();
    this.#connection = new Connection({
      ...this.#ports,
      ...this.#ports.resolved,
      openSocket: openPartySocket,
      subprotocol: SUBPROTOCOL,
      token: new Token({
        source: this.#ports.resolved.token,
        send: (token) => this.#send([{ type: "token", token }]),
        onError: this.#ports.onError,
      }),
      onOpen: () => this.#onOpen(),
      onFrame: (frame) => this.#onFrame(frame),
      onClose: (info) => this.#onClose(info),
    });
  }

  /** The network or the page came back: try now, or make sure the socket lives. */
  hurry(): void {
    this.#connection?.hurry();
  }

  /** Gets a token and sends it; without a socket the next attempt does. */
  renewToken(isWanted = false): void {
    this.#connection?.renewToken(isWanted);
  }

  /** Sends what waits, says goodbye on an open socket, and drops it. */
  hangUp(): void {
    const connection = this.#connection;
    if (connection?.isOpen === true) {
      this.#sync.flush();
      this.#send([{ type: "bye" }]);
    }
    this.#connection = undefined;
    connection?.close();
    this.#detach();
  }

  /** Leaves everything; the document and the awareness object stay. */
  destroy(): void {
    this.closeTabs();
    this.hangUp();
    this.#sync.destroy();
    this.#presence.forgetOthers(this.#ports.origin);
    this.#presence.destroy();
  }

  #createTabs(): Tabs {
    return new Tabs({
      name: this.#ports.resolved.localName,
      doc: this.#ports.doc,
      // Who may not write leaves a change to the tab that made it, as long as that tab lives.
      isAnswered: () => this.#sync.isAnswered || !this.save.mayWrite,
      isSaved: () => this.save.state === "saved",
      offer: (update) => this.#sync.offer(update),
      presence: () => this.#presence.current(),
      farewell: () => this.#presence.farewell(),
      onPresence: (update, origin) => this.#presence.receive(update, origin),
      onError: this.#ports.onError,
    });
  }

  #sourceOf(origin: unknown): ChangeSource {
    if (origin === this.#ports.origin) return "server";
    if (this.#tabs !== undefined && origin === this.#tabs) return "tab";
    return this.#ports.isStored(origin) ? "stored" : "made";
  }

  #onOpen(): void {
    this.#setStatus("connecting");
    this.#renewPeers();
    const update = this.#presence.renewed();
    this.#sync.opened(update === undefined ? undefined : { type: "awareness", update });
  }

  #onFrame(frame: Uint8Array): void {
    const decoded = decodeServerFrame(frame);
    try {
      if (!decoded.ok) throw new RangeError(decoded.error.reason);
      // Answers to step 1 do not count: a large document is no backlog.
      const isLive = this.#status === "synced";
      this.#receive(decoded.value);
      if (isLive && this.#sync.isOpen) this.#receipts.took(frame.length, decoded.value);
    } catch (error) {
      this.#ports.onError(new ProviderError("frame", `unreadable frame: ${messageOf(error)}`, error));
      this.#connection?.retry("unreadable frame");
    }
  }

  #receive(messages: readonly ServerMessage[]): void {
    // Before the step 1 that may come with them: whether it is answered hangs on them.
    for (const message of messages) {
      if (message.type === "welcome") this.#setRights({ ...message.welcome, reason: "welcome" });
      if (message.type === "rights") this.#setRights(message.rights);
    }
    const isComplete = this.#sync.receive(messages.filter(isSyncMessage));
    for (const message of messages) {
      if (message.type === "awareness") this.#presence.receive(message.update, this.#ports.origin);
      if (message.type === "ack") {
        this.save.acked(message.number);
        this.#tabs?.acked(message.number);
      }
      if (message.type === "refused" && this.save.refused(message.number)) {
        this.#ports.onError(new ProviderError("refused", message.reason));
      }
      if (message.type === "token-wanted") this.renewToken(true);
      if (message.type === "notice") this.#ports.onNotice(message.notice);
    }
    if (!isComplete) return;
    this.#connection?.synced();
    this.#setStatus("synced");
  }

  #setRights({ scopes, reason, profile }: RightsInfo & { readonly profile?: Profile }): void {
    const isNews = reason !== "welcome" || String(this.#scopes) !== String(scopes);
    this.#scopes = scopes;
    this.#presence.wear(profile);
    this.#sync.allow(scopes.includes("write"));
    if (isNews) this.#ports.onRights({ scopes, reason });
  }

  #onClose(info: CloseInfo): void {
    if (info.final) {
      this.#connection?.close();
      this.#connection = undefined;
    }
    this.#detach();
    this.#ports.onClosed(info);
  }

  #detach(): void {
    if (this.#sync.isOpen) {
      this.#sync.closed();
      this.#receipts.closed();
      this.#tabs?.closed();
      this.#renewPeers();
    }
    this.#setStatus("offline");
  }

  /** Everybody is forgotten; tabs that live answer at once, the server tells about all others. */
  #renewPeers(): void {
    this.#presence.forgetOthers(this.#ports.origin);
    this.#tabs?.query();
  }

  #sendPresence(update: Uint8Array): void {
    this.#sync.sendBeside({ type: "awareness", update });
    this.#tabs?.sendPresence(update);
  }

  #send(messages: readonly ClientMessage[]): void {
    const report = this.#receipts.take();
    this.#connection?.send(encodeClientFrame(report === undefined ? messages : [report, ...messages]));
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#ports.onStatus(status);
  }
}
