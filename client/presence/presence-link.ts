/**
 * Joins a presence client to its room: one socket, the page around it, and the tabs that are the same person.
 * @module
 */
import {
  type Face,
  type Hello,
  PRESENCE_SUBPROTOCOL,
  PRESENCE_VERSION,
  type PersonStatus,
  type PresenceServerMessage,
} from "../../src/protocol/presence-messages.ts";
import { type CloseInfo, Connection } from "../connection.ts";
import type { Emitter } from "../emitter.ts";
import { watchPage } from "../page.ts";
import { openPlainSocket } from "../plain-socket.ts";
import { ProviderError, messageOf } from "../provider-error.ts";
import type { ConnectionStatus } from "../provider-events.ts";
import type { Summary } from "../refusal.ts";
import { watchAttention } from "./attention.ts";
import { Outbox } from "./outbox.ts";
import type { OwnState } from "./own-state.ts";
import { PersonId } from "./person-id.ts";
import type { ResolvedPresence } from "./presence-options.ts";
import type { PresenceClientEvents } from "./presence-source.ts";
import type { RoomView } from "./room-view.ts";
import { type OutgoingMessage, decodeFrame, encodeFrame } from "./wire.ts";

export type PresenceLinkPorts = {
  readonly resolved: ResolvedPresence;
  readonly events: Emitter<PresenceClientEvents>;
  readonly state: OwnState;
  readonly view: RoomView;
  readonly user: Face;
  readonly maxCursorHz: number;
};

export class PresenceLink {
  readonly outbox: Outbox;
  readonly #ports: PresenceLinkPorts;
  readonly #person: PersonId | undefined;
  readonly #unwatch: readonly (() => void)[];
  #connection: Connection | undefined;
  #status: ConnectionStatus = "offline";
  #user: Face;
  /** What a token says in place of the user. */
  #profile: Face | undefined;
  #isWanted = false;
  /** The page is put aside: no socket, no channel. */
  #isAside = false;

  constructor(ports: PresenceLinkPorts) {
    this.#ports = ports;
    this.#user = ports.user;
    this.outbox = new Outbox((messages) => this.#send(messages), ports.maxCursorHz);
    const { person, hasToken, server } = ports.resolved;
    if (person === undefined && !hasToken) this.#person = new PersonId(server);
    const hurry = () => this.#connection?.hurry();
    this.#unwatch = [
      watchPage({ online: hurry, visible: hurry, hide: () => this.#putAside(), restore: () => this.#start() }),
      watchAttention((status) => this.#attend(status)),
    ];
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  connect(): void {
    this.#isWanted = true;
    if (!this.#isAside) this.#start();
  }

  disconnect(): void {
    this.#isWanted = false;
    this.#send([{ type: "bye" }]);
    this.#hangUp();
    this.#ports.view.forget();
  }

  destroy(): void {
    this.disconnect();
    this.#person?.close();
    for (const stop of this.#unwatch) stop();
  }

  setUser(user: Face): void {
    this.#user = user;
    if (this.#status !== "synced") return;
    this.#send([this.#hello({ user })]);
    this.#ports.view.setSelf({ user: this.#face() });
  }

  report(error: ProviderError): void {
    const { events } = this.#ports;
    if (events.hasListeners("error")) events.emit("error", error);
    else console.warn(error);
  }

  #start(): void {
    this.#isAside = false;
    this.#person?.open();
    if (!this.#isWanted) return;
    if (this.#connection !== undefined) return this.#connection.hurry();
    this.#setStatus("connecting");
    if (this.#person === undefined) this.#open(this.#ports.resolved.person);
    else this.#person.get((person) => this.#open(person));
  }

  #open(person: string | undefined): void {
    if (!this.#isWanted || this.#isAside || this.#connection !== undefined) return;
    this.#connection = new Connection({
      ...this.#ports.resolved,
      openSocket: openPlainSocket,
      subprotocol: PRESENCE_SUBPROTOCOL,
      readSummary: (summary) => this.#readSummary(summary),
      sendToken: (fresh) => this.#send([{ type: "token", token: fresh }]),
      onOpen: () => this.#opened(person),
      onFrame: (frame) => this.#received(frame),
      onClose: (info) => this.#closed(info),
      onError: (error) => this.report(error),
    });
  }

  #opened(person: string | undefined): void {
    this.#setStatus("connecting");
    const hello = { user: this.#user, state: this.#ports.state.own, ...(person !== undefined && { person }) };
    this.outbox.open(this.#hello(hello));
  }

  #received(frame: Uint8Array): void {
    try {
      this.#ports.view.receive(decodeFrame(frame), (message) => this.#heed(message));
    } catch (error) {
      this.report(new ProviderError("frame", `unreadable frame: ${messageOf(error)}`, error));
      this.#connection?.retry("unreadable frame");
    }
  }

  /** What is about this socket, before the rest of its frame is told. */
  #heed(message: PresenceServerMessage): void {
    const { view } = this.#ports;
    switch (message.type) {
      case "welcome": {
        const { actor, scopes, profile } = message.welcome;
        this.#profile = profile;
        view.setSelf({ actor, scopes, user: this.#face() });
        this.#connection?.synced();
        return this.#setStatus("synced");
      }
      case "rights": {
        const { scopes, profile } = message.rights;
        this.#profile = profile;
        view.setSelf({ scopes, user: this.#face() });
        return this.#setPace();
      }
      case "pace":
        return this.#setPace();
      case "token-wanted":
        return this.#connection?.renewToken(true);
      default:
        return undefined;
    }
  }

  /** Who may not be shown has nothing to send. */
  #setPace(): void {
    const { self, pace } = this.#ports.view;
    this.outbox.setRates(self?.scopes.includes("presence") === true ? pace?.hz : undefined);
  }

  /** The room answers, and lets nobody in. */
  #readSummary({ size, people, connections }: Summary): ProviderError | undefined {
    if (size !== "count" || people === undefined || connections === undefined) return undefined;
    this.#ports.view.setCounts({ people, connections });
    return new ProviderError("unavailable", "the room is full");
  }

  #closed(info: CloseInfo): void {
    if (info.final) {
      this.#isWanted = false;
      this.#hangUp();
    }
    this.#detach();
    this.#ports.events.emit("closed", info);
  }

  /** Without a goodbye: a page that follows within seconds is the same visit. */
  #putAside(): void {
    this.#isAside = true;
    this.#person?.close();
    this.#hangUp();
  }

  #hangUp(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#detach();
  }

  #detach(): void {
    this.outbox.close();
    this.#ports.view.lost();
    this.#setStatus("offline");
  }

  #attend(status: PersonStatus): void {
    this.outbox.setStatus(status);
    this.outbox.pause(status === "away");
  }

  #face(): Face {
    return { ...this.#user, ...this.#profile };
  }

  #hello(hello: Hello): OutgoingMessage {
    return { type: "hello", version: PRESENCE_VERSION, hello };
  }

  #send(messages: readonly OutgoingMessage[]): void {
    this.#connection?.send(encodeFrame(messages));
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#ports.events.emit("status", status);
  }
}
