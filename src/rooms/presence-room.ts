/**
 * One room of people: the Durable Object class. It wires the parts and answers RPC; the work is in the parts.
 * @module
 */
import { loadConfig } from "../config.ts";
import type { Env } from "../env.ts";
import type { PresenceServerMessage } from "../protocol/presence-messages.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { logRoom } from "./log.ts";
import type { PresenceAttachment } from "./people-keeper.ts";
import type { PeopleCounts, PeopleDescription, PersonHere, PresenceRoomApi } from "./presence-api.ts";
import { PresenceBehaviour, type PresenceContext, type PresenceShell } from "./presence-behaviour.ts";
import { PresenceMemory } from "./presence-memory.ts";
import { type PresenceWire, presenceWire } from "./presence-wire.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import type { Asker, KickTarget, LockMode, RoomProblem } from "./room-api.ts";
import { addressOf } from "./room-address.ts";
import { type RoomKindParts, RoomObject, type RoomPorts } from "./room-object.ts";

/** As many as are described: with all they say they have to fit into one answer of RPC, 32 MiB. */
const MAX_DESCRIBED = 1_000;

type PresenceParts = RoomKindParts<PresenceServerMessage, PresenceWire, PresenceAttachment>;

type Wired = {
  readonly roomName: string;
  readonly behaviour: PresenceBehaviour;
  readonly refusals: RefusalCounts;
};

export class PresenceRoom
  extends RoomObject<PresenceServerMessage, PresenceWire, PresenceAttachment>
  implements PresenceRoomApi
{
  readonly #wired: Wired;

  constructor(ctx: DurableObjectState, env: Env, ports: RoomPorts) {
    const wirings: Wired[] = [];
    const makeBehaviour = (shell: PresenceShell) => {
      const wired = wire(shell, ports);
      wirings.push(wired);
      return wired.behaviour;
    };
    const dialectOf: PresenceParts["dialectOf"] = ({ dialect }) =>
      dialect === "roost-presence" ? presenceWire : undefined;
    super(ctx, env, { dialectOf, makeBehaviour, ports });
    const [wired] = wirings;
    if (wired === undefined) throw new Error("the base class makes the behaviour");
    this.#wired = wired;
  }

  async describePeople({ isAdmin }: Asker): Promise<Result<PeopleDescription, RoomProblem>> {
    const { behaviour, refusals } = this.#wired;
    if (behaviour.room.rights.lock === "closed" && !isAdmin) return err({ tag: "locked" });
    behaviour.settle();
    const { room } = behaviour;
    const sessions = new Map<number, string[]>();
    for (const { actor, id } of room.connections()) sessions.set(actor, [...(sessions.get(actor) ?? []), id]);
    const described = room.describe().slice(0, MAX_DESCRIBED);
    const people: PersonHere[] = described.map((one) => ({ ...one, sessions: sessions.get(one.actor) ?? [] }));
    return ok({ counts: room.counts(), people, lock: room.rights.lock, refusals: refusals.all() });
  }

  async countPeople({ isAdmin }: Asker): Promise<Result<PeopleCounts & { readonly lock: LockMode }, RoomProblem>> {
    const { behaviour } = this.#wired;
    if (behaviour.room.rights.lock === "closed" && !isAdmin) return err({ tag: "locked" });
    // After a wake, and for holds that have ended.
    behaviour.settle();
    return ok({ ...behaviour.room.counts(), lock: behaviour.room.rights.lock });
  }

  async kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>> {
    return ok({ closed: this.#wired.behaviour.kick(target, reason) });
  }

  async erase(): Promise<void> {
    this.#wired.behaviour.erase();
    logRoom("erased", this.#wired.roomName);
  }

  async setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>> {
    this.#wired.behaviour.setLock(mode);
    logRoom("lock", this.#wired.roomName, { mode });
    return ok({ mode });
  }
}

function wire(shell: PresenceShell, { reauthenticate }: RoomPorts): Wired {
  const { ctx, env, roomName } = shell;
  const refusals = new RefusalCounts(roomName, shell.told);
  const context: PresenceContext = {
    refusals,
    reauthenticate: async (shown) => await reauthenticate(env, shown),
    address: addressOf(roomName),
    config: loadConfig(env),
    memory: new PresenceMemory(ctx.storage),
  };
  return { roomName, refusals, behaviour: new PresenceBehaviour(shell, context) };
}
