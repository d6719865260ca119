/**
 * Drives a receiver of webhooks (webhook-receiver-process.ts) and reads what it took.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manners, Received, ToReceiver } from "./webhook-receiver-process.ts";

/** As its back end sees an event. */
export type WebhookBody = {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly sequence: number };
};

export type Taken = Received & { readonly event: WebhookBody };

export class WebhookReceiver {
  readonly #folder: string;
  #child: ChildProcess;
  #secret = "";
  port = 0;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(await mkdtemp(join(tmpdir(), "roost-receiver-")), spawn());
    await receiver.#listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  async knows(secret: string): Promise<void> {
    this.#secret = secret;
    await this.#tell({ secret });
  }

  async behaves(manners: Manners): Promise<void> {
    await this.#tell({ manners });
  }

  /** From one moment to the next; nothing listens until {@link restart}. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  /** On the same port, with nothing but its file. */
  async restart(): Promise<void> {
    this.#child = spawn();
    await this.#listen();
    await this.#tell({ secret: this.#secret });
  }

  /** Every request so far, those that it refused too. */
  async requests(): Promise<readonly Taken[]> {
    const text = await readFile(this.#file, "utf8").catch(() => "");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        // SAFETY: the process writes these lines, and Roost their bodies.
        const received = JSON.parse(line) as Received;
        return { ...received, event: JSON.parse(received.body) as WebhookBody };
      });
  }

  /** What it answered 2xx to; twice what it was sent again, as an answer that came too late was not heard. */
  async taken(): Promise<readonly Taken[]> {
    return (await this.requests()).filter(({ manners }) => manners === "take");
  }

  /** What it knows by now: each event once, as it first came. */
  async heard(): Promise<readonly Taken[]> {
    const known = new Map<string, Taken>();
    for (const one of await this.taken()) if (!known.has(one.id)) known.set(one.id, one);
    return [...known.values()];
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, "received.jsonl");
  }

  async #listen(): Promise<void> {
    const { port } = await this.#tell<{ readonly port: number }>({ listen: { port: this.port, file: this.#file } });
    this.port = port;
  }

  async #tell<T>(message: ToReceiver): Promise<T> {
    const answered = once(this.#child, "message");
    this.#child.send(message);
    // SAFETY: what the process answers to this message.
    const [answer] = (await answered) as [T];
    return answer;
  }
}

function spawn(): ChildProcess {
  return fork(join(import.meta.dirname, "webhook-receiver-process.ts"), {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
