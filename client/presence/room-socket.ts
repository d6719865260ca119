/**
 * The socket of a presence room, the page around it, and the tabs that are the same person.
 * @module
 */
import type { PersonStatus } from "../../src/protocol/presence-messages.ts";
import type { CloseInfo, ConnectionOptions } from "../connection.ts";
import type { ConnectionStatus } from "../provider-events.ts";
import { PersonId } from "./person-id.ts";
import type { ResolvedPresence } from "./presence-options.ts";
import { type RoomConnection, openRoomConnection } from "./room-connection.ts";
import { watchVisit } from "./visit.ts";
import { type Said, encodeFrame } from "./wire.ts";

export type RoomSocketPorts = Pick<ConnectionOptions, "onFrame" | "onError" | "readSummary"> & {
  readonly resolved: ResolvedPresence;
  readonly onStatus: (status: ConnectionStatus) => void;
  /** `person`: what the tabs of this visitor have in common, where no token says who it is. */
  readonly onOpen: (person: string | undefined) => void;
  readonly onClose: (info: CloseInfo) => void;
  readonly onAttention: (status: PersonStatus) => void;
};

export class RoomSocket {
  readonly #ports: RoomSocketPorts;
  readonly #person: PersonId | undefined;
  #unwatch: (() => void) | undefined;
  #connection: RoomConnection | undefined;
  #isWanted = false;
  /** The page is put aside: no socket, no channel. */
  #isAside = false;

  constructor(ports: RoomSocketPorts) {
    this.#ports = ports;
    const { person, hasToken, server } = ports.resolved;
    if (person === undefined && !hasToken) this.#person = new PersonId(server);
  }

  /** Connects; while it waits to try again, tries now. */
  connect(): void {
    this.#isWanted = true;
    this.#unwatch ??= watchVisit({
      attend: this.#ports.onAttention,
      hurry: () => this.#connection?.hurry(),
      // Without a goodbye: a page that follows within seconds is the same visit.
      hide: () => {
        this.#isAside = true;
        this.#hangUp();
      },
      restore: () => {
        this.#isAside = false;
        this.connect();
      },
    });
    if (this.#isAside) return;
    if (this.#connection !== undefined) return this.#connection.hurry();
    this.#ports.onStatus("connecting");
    this.#person?.open();
    if (this.#person === undefined) this.#open(this.#ports.resolved.person);
    else this.#person.get((person) => this.#open(person));
  }

  /** Lets go of socket, channel and page. */
  disconnect(): void {
    this.#isWanted = false;
    this.#isAside = false;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#hangUp();
  }

  send(messages: readonly Said[]): void {
    this.#connection?.send(encodeFrame(messages));
  }

  /** The server let us in. */
  synced(): void {
    this.#connection?.synced();
    this.#ports.onStatus("synced");
  }

  renewToken(): void {
    this.#connection?.renewToken(true);
  }

  retry(reason: string): void {
    this.#connection?.retry(reason);
  }

  #open(person: string | undefined): void {
    if (!this.#isWanted || this.#isAside || this.#connection !== undefined) return;
    const { onStatus, onOpen, onClose } = this.#ports;
    this.#connection = openRoomConnection({
      ...this.#ports,
      ...this.#ports.resolved,
      sendToken: (token) => this.send([[10, token]]),
      onOpen: () => {
        onStatus("connecting");
        onOpen(person);
      },
      onClose: (info) => {
        if (info.final) this.disconnect();
        onStatus("offline");
        onClose(info);
      },
    });
  }

  #hangUp(): void {
    this.#person?.close();
    this.#connection?.close();
    this.#connection = undefined;
    this.#ports.onStatus("offline");
  }
}
