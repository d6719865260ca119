/**
 * What every call to a document over RPC goes through: is it there, may this caller read it, and how an update gets in.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type CallerRates, tooFast } from "./caller-rates.ts";
import type { DocumentBehaviour } from "./document-behaviour.ts";
import { type DocumentContext, currentVersion } from "./document-context.ts";
import type { FirstTouch } from "./first-touch.ts";
import type { Asker, Caller, RoomProblem } from "./room-api.ts";
import type { Written } from "./room-api-history.ts";

export class DocumentDesk {
  readonly context: DocumentContext;
  readonly behaviour: DocumentBehaviour;
  readonly rates: CallerRates;
  readonly #firstTouch: FirstTouch;

  constructor(context: DocumentContext, behaviour: DocumentBehaviour, firstTouch: FirstTouch, rates: CallerRates) {
    this.context = context;
    this.behaviour = behaviour;
    this.rates = rates;
    this.#firstTouch = firstTouch;
  }

  /** Creates nothing for an id that was never used. */
  async find(): Promise<Result<void, RoomProblem>> {
    const found = await this.#firstTouch.find();
    if (!found.ok) return found;
    if (found.value.deletedMs === null) return ok(undefined);
    this.behaviour.armOnce();
    return err({ tag: "deleted" });
  }

  /** As {@link find}, and a closed document is there for administrators alone. */
  async findFor({ isAdmin }: Asker): Promise<Result<void, RoomProblem>> {
    const found = await this.find();
    if (!found.ok || isAdmin) return found;
    return this.behaviour.room.rights.lock === "closed" ? err({ tag: "locked" }) : found;
  }

  /** Bytes that go beside the document: from who may write, at the pace of updates. */
  async admitBody(bytes: number, caller: Caller): Promise<Result<null, RoomProblem>> {
    if (!this.rates.maySend(caller, bytes, Date.now())) {
      this.context.refusals.add("syncBytesPerSecond");
      return err(tooFast("syncBytesPerSecond"));
    }
    const admitted = await this.behaviour.admission.admitCaller(caller);
    return admitted.ok ? ok(null) : admitted;
  }

  /** An update as anybody's client would bring it; resolves when it is a row. */
  async submit(update: Uint8Array, caller: Caller, ifEmpty = false): Promise<Result<Written, RoomProblem>> {
    const { context, behaviour } = this;
    const rates = this.rates;
    const { limits } = caller;
    if (update.length > limits.frameBytes) {
      context.refusals.add("frameBytes");
      return err({ tag: "too-large", limitBytes: limits.frameBytes });
    }
    if (!rates.maySend(caller, update.length, Date.now())) {
      context.refusals.add("syncBytesPerSecond");
      return err(tooFast("syncBytesPerSecond"));
    }
    const admitted = await behaviour.admission.admitCaller(caller);
    if (!admitted.ok) return admitted;
    // A state vector of one byte names no client: nothing was ever written. Of two that seed at once the second finds the first.
    if (ifEmpty && behaviour.room.document.stateVector().length > 1) {
      return err({ tag: "precondition-failed", version: currentVersion(context.storage) });
    }
    return this.#take(update, caller);
  }

  /**
   * As {@link submit}, with an update that is made of what is stored then: between `make` and its row nothing happens. `make` may
   * cost, so who may send nothing now is refused before it; undefined changes nothing.
   */
  async edit(
    caller: Caller,
    make: () => Result<Uint8Array | undefined, RoomProblem>,
  ): Promise<Result<Written, RoomProblem>> {
    const { context, behaviour, rates } = this;
    const admitted = await behaviour.admission.admitCaller(caller);
    if (!admitted.ok) return admitted;
    if (!rates.maySend(caller, 1, Date.now())) {
      context.refusals.add("syncBytesPerSecond");
      return err(tooFast("syncBytesPerSecond"));
    }
    // What was accepted and waits for its row is part of what is edited.
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    const made = make();
    if (!made.ok) return made;
    if (made.value === undefined) return ok({ version: currentVersion(context.storage), changed: false });
    const { frameBytes } = caller.limits;
    if (made.value.length > frameBytes) return err({ tag: "too-large", limitBytes: frameBytes });
    return this.#take(made.value, caller);
  }

  #take(update: Uint8Array, caller: Caller): Result<Written, RoomProblem> {
    const { context, behaviour, rates } = this;
    const { user, limits } = caller;
    if (!rates.mayBring(caller, update.length, Date.now())) {
      context.refusals.add("roomBytesPerSecond");
      return err(tooFast("roomBytesPerSecond"));
    }
    const submitted = behaviour.room.submit(update, { user, maxBytes: limits.documentBytes });
    if (!submitted.ok) return submitted;
    if (submitted.value.kind === "gap") {
      return err({ tag: "missing-dependencies", stateVector: behaviour.room.document.stateVector() });
    }
    // Not paced: the answer says that it is a row.
    const flushed = behaviour.flushNow();
    if (!flushed) return err({ tag: "unavailable", reason: "storage is not writable" });
    return ok({ version: currentVersion(context.storage), changed: submitted.value.kind === "accepted" });
  }
}
