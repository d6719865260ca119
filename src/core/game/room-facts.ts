/**
 * What is known of a room beside its state: who may come in, and how it is listed.
 * @module
 */
import { NOBODY } from "../../protocol/profile.ts";
import type { GameMeta, Plain } from "./ports.ts";

const MAX_METADATA_CHARS = 0x1000;
const MAX_BANNED = 1_000;

export class RoomFacts {
  #meta: GameMeta;
  #isDirty: boolean;

  constructor(meta: GameMeta, isNew: boolean) {
    this.#meta = meta;
    this.#isDirty = isNew;
  }

  get meta(): GameMeta {
    return this.#meta;
  }

  get isDirty(): boolean {
    return this.#isDirty;
  }

  settle(): void {
    this.#isDirty = false;
  }

  change(change: Partial<Pick<GameMeta, "isLocked" | "isPrivate" | "version">>): void {
    this.#meta = { ...this.#meta, ...change };
    this.#isDirty = true;
  }

  setMetadata(metadata: Plain): void {
    const text: string | undefined = JSON.stringify(metadata);
    if (text === undefined) throw new TypeError("metadata is plain data");
    if (text.length > MAX_METADATA_CHARS) throw new RangeError(`metadata has at most ${MAX_METADATA_CHARS} characters`);
    // SAFETY: JSON is plain. A copy: what the game goes on changing is not listed before it says so.
    this.#meta = { ...this.#meta, metadata: JSON.parse(text) as Plain };
    this.#isDirty = true;
  }

  ban(user: string): void {
    if (user === NOBODY) throw new RangeError("who has no name cannot be banned: kick the player");
    const { banned } = this.#meta;
    if (banned.includes(user)) return;
    this.#meta = { ...this.#meta, banned: [...banned, user].slice(-MAX_BANNED) };
    this.#isDirty = true;
  }

  unban(user: string): void {
    const { banned } = this.#meta;
    if (!banned.includes(user)) return;
    this.#meta = { ...this.#meta, banned: banned.filter((one) => one !== user) };
    this.#isDirty = true;
  }

  isBanned(user: string): boolean {
    return this.#meta.banned.includes(user);
  }
}
