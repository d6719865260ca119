/**
 * People with a paper open, the root text `paper`: some read, some type words of their own.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import * as Y from "yjs";
import { RawClient } from "./raw-client.ts";
import type { TestServer } from "./server.ts";

const TYPING_MS = 50;

/** A frame that came, and when it was in the document. */
type Taken = { readonly bytes: number; readonly cameMs: number; readonly appliedMs: number };

/** What this person is told is applied at once, as an editor would. */
export class PaperReader {
  readonly doc: Y.Doc;
  protected readonly client: RawClient;
  #largest: Taken = { bytes: 0, cameMs: 0, appliedMs: 0 };

  protected constructor(client: RawClient) {
    this.client = client;
    this.doc = client.document();
    let seen = client.messages.length;
    client.socket.on("message", (data: Buffer) => {
      const cameMs = performance.now();
      for (const message of client.messages.slice(seen)) {
        if (message.type === "update" || message.type === "sync-step-2") Y.applyUpdate(this.doc, message.update);
      }
      seen = client.messages.length;
      if (data.length > this.#largest.bytes) {
        this.#largest = { bytes: data.length, cameMs, appliedMs: performance.now() };
      }
    });
  }

  static async join(server: TestServer, id: string, name: string): Promise<PaperReader> {
    return new PaperReader(await RawClient.join(server, id, name));
  }

  /** Of the frames since it joined. */
  get largest(): Taken {
    return this.#largest;
  }

  get text(): string {
    return this.doc.getText("paper").toString();
  }

  async leave(): Promise<void> {
    await this.client.leave();
  }
}

/** Types one word after the other at the beginning of the paper. */
export class PaperTypist extends PaperReader {
  readonly words: string[] = [];
  readonly #name: string;
  #isTyping = true;

  private constructor(client: RawClient, name: string) {
    super(client);
    this.#name = name;
  }

  static override async join(server: TestServer, id: string, name: string): Promise<PaperTypist> {
    return new PaperTypist(await RawClient.join(server, id, name), name);
  }

  /** Until it is to stop; each word is a row before the next. */
  async type(): Promise<void> {
    while (this.#isTyping) {
      const word = `<${this.#name}:${this.words.length}>`;
      this.words.push(word);
      const made: Uint8Array[] = [];
      const listen = (update: Uint8Array) => made.push(update);
      this.doc.on("update", listen);
      this.doc.getText("paper").insert(0, word);
      this.doc.off("update", listen);
      for (const update of made) await this.client.update(update);
      await delay(TYPING_MS);
    }
  }

  stop(): void {
    this.#isTyping = false;
  }

  /** The paper alone. */
  static withoutWords(text: string): string {
    return text.replaceAll(/<typist\d+:\d+>/g, "");
  }
}
