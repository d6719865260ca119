/**
 * One room of a game: the Durable Object class. It wires the parts and answers RPC; the work is in the parts.
 * @module
 */
import { CONNECT_TICKET_HEADER, decodeConnectTicket } from "../auth/connect-ticket.ts";
import type { SessionId } from "../core/events.ts";
import { GameEngine } from "../core/game/engine.ts";
import type { GameMessage } from "../core/game/events.ts";
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type GameStorage, openGameStorage } from "../storage/room/game-store.ts";
import { hashToken } from "../storage/room/token-hash.ts";
import type { Attachment } from "./attachment.ts";
import { GameAlarm } from "./game-alarm.ts";
import type { GameDescription, GameRoomApi, HeldSeat, Refusal, SeatRequest } from "./game-api.ts";
import { GameBehaviour, type GameParts, type GameShell } from "./game-behaviour.ts";
import { type Games, findGame } from "./game-kinds.ts";
import { GameReports } from "./game-reports.ts";
import { type GameWire, gameDialectOf, refusedSocket } from "./game-wire.ts";
import { Gate } from "./gate.ts";
import { JoinedUsers } from "./joined-users.ts";
import { lobbyOf } from "./lobby-name.ts";
import { logRoom, logRoomError } from "./log.ts";
import { TellingTime } from "./telling-time.ts";
import { randomText } from "./random-text.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import type { KickTarget, LockMode, RoomProblem } from "./room-api.ts";
import { addressOf } from "./room-address.ts";
import { RoomObject, type RoomPorts } from "./room-object.ts";

export type GamePorts = RoomPorts & {
  /** Instead of the registry's. */
  readonly games?: Games;
};

/** 128 bits. */
const TOKEN_CHARS = 22;
const LOCKED_OUT = "the room was closed";

type Wired = GameParts & {
  readonly shell: GameShell;
  readonly store: GameStorage;
  readonly refusals: RefusalCounts;
  readonly behaviour: GameBehaviour;
};

export class GameRoom extends RoomObject<GameMessage, GameWire, Attachment> implements GameRoomApi {
  readonly #wired: Wired;

  constructor(ctx: DurableObjectState, env: Env, ports: GamePorts) {
    const wirings: Wired[] = [];
    const makeBehaviour = (shell: GameShell) => {
      const wired = wire(shell, ports);
      wirings.push(wired);
      return wired.behaviour;
    };
    super(ctx, env, { dialectOf: gameDialectOf, makeBehaviour, ports });
    const [wired] = wirings;
    if (wired === undefined) throw new Error("the base class makes the behaviour");
    this.#wired = wired;
    wired.behaviour.wake();
  }

  /** A refusal is said in the socket: a client that only sees its upgrade fail tries again, and cannot tell anybody why. */
  override async fetch(request: Request): Promise<Response> {
    const ticket = decodeConnectTicket(request.headers.get(CONNECT_TICKET_HEADER));
    const refusal = ticket.ok ? this.#wired.behaviour.refusalOf(ticket.value) : undefined;
    if (refusal !== undefined) return refusedSocket(refusal);
    const response = await super.fetch(request);
    if (response.webSocket !== null || !ticket.ok) return response;
    return refusedSocket({ tag: "busy", reason: await reasonOf(response) });
  }

  async reserve(request: SeatRequest): Promise<Result<HeldSeat, Refusal>> {
    const { engine, behaviour, store } = this.#wired;
    const { creates, ...rest } = request;
    const isNew = engine.listing() === undefined;
    const before = store.lastReport();
    const reserved = engine.reserve(
      { ...rest, session: asSession(request.session), ...(creates !== undefined && { creates: creates.game }) },
      Date.now(),
    );
    if (!reserved.ok) {
      behaviour.settle();
      return reserved;
    }
    if (!behaviour.settle()) return err({ tag: "busy", reason: "The seat could not be kept." });
    // The same turn, so the same commit.
    if (isNew && creates !== undefined) store.writeFilter(creates.filter);
    this.noticeActivity();
    const { session, game } = reserved.value;
    const [version, listing] = [store.lastReport(), engine.listing()];
    if (version === before || listing === undefined) return ok({ session, game });
    return ok({ session, game, report: { version, filter: store.filter(), listing } });
  }

  async findSeat(token: string, user: string): Promise<Result<{ session: string; game: string }, Refusal>> {
    const found = this.#wired.engine.sessionOf(token, user, Date.now());
    this.#wired.behaviour.settle();
    return found;
  }

  async gameOf(): Promise<string | null> {
    const meta = this.#wired.store.meta();
    return meta === undefined || meta.disposedMs !== null ? null : meta.game;
  }

  async describeGame(): Promise<Result<GameDescription, RoomProblem>> {
    const { engine, store, refusals, shell, behaviour } = this.#wired;
    behaviour.settle();
    const [health, listing] = [engine.health(Date.now()), engine.listing()];
    if (health === undefined || listing === undefined) return err(this.#absence());
    const { size: sockets } = shell.sockets;
    return ok({ health, listing, sockets, isReportPending: store.hasReport, refusals: refusals.all() });
  }

  async kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>> {
    const { engine, behaviour } = this.#wired;
    const absence = engine.listing() === undefined ? this.#absence() : undefined;
    // Nobody sits in a room that cannot be opened.
    if (absence !== undefined && absence.tag !== "unavailable") return err(absence);
    const isMeant = ({ session, userId }: { readonly session: string; readonly userId: string }) =>
      "session" in target ? session === target.session : userId === target.user;
    const closed = engine.kick(isMeant, reason, Date.now());
    behaviour.settle();
    return ok({ closed });
  }

  async setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>> {
    const { engine, behaviour, shell } = this.#wired;
    if (!engine.setLocked(mode !== "open", Date.now())) return err(this.#absence());
    if (mode === "closed") engine.kick(() => true, LOCKED_OUT, Date.now());
    behaviour.settle();
    logRoom("lock", shell.roomName, { mode });
    return ok({ mode });
  }

  async forgetUser(user: string): Promise<Result<{ readonly hadSeats: boolean }, RoomProblem>> {
    const { engine, behaviour, store } = this.#wired;
    const hadSeats = store.seats().some((seat) => seat.user === user);
    engine.forget(user, Date.now());
    if (!behaviour.settle()) return err({ tag: "unavailable", reason: "The seats could not be freed." });
    // Also of a room that nobody can open.
    store.forgetUser(user);
    return ok({ hadSeats });
  }

  async erase(): Promise<{ readonly wasThere: boolean }> {
    const { engine, behaviour, store, telling, shell } = this.#wired;
    const wasThere = store.meta()?.disposedMs === null;
    engine.kick(() => true, "", Date.now());
    behaviour.settle();
    store.erase(Date.now());
    telling.take(Infinity);
    // What is in memory goes too, with sockets of a room that could not be opened.
    behaviour.wake();
    behaviour.settle();
    if (wasThere) logRoom("erased", shell.roomName);
    return { wasThere };
  }

  /** Why there is no game here. */
  #absence(): RoomProblem {
    const meta = this.#wired.store.meta();
    if (meta === undefined) return { tag: "not-found" };
    return meta.disposedMs === null
      ? { tag: "unavailable", reason: `version ${meta.version} of ${meta.game} cannot be opened` }
      : { tag: "deleted" };
  }
}

function wire(shell: GameShell, { games }: GamePorts): Wired {
  const { ctx, env, roomName, sockets } = shell;
  const { project, id } = addressOf(roomName);
  const store = openGameStorage(ctx.storage);
  const refusals = new RefusalCounts(roomName, shell.told);
  const made: GameParts[] = [];
  const behaviour = new GameBehaviour(shell, (room) => {
    const engine = new GameEngine({
      ...{ roomId: id, store, hashToken },
      findGame: (name) => findGame(name, games),
      peers: {
        send: (session, messages) => sockets.send(session, messages),
        sendToAll: (sessions, messages) => sockets.sendToAll(sessions, messages, new Map()),
        close: (session, reason, detail) => room.closeSession(session, reason, detail),
      },
      mintToken: () => randomText(TOKEN_CHARS),
      noteError: (hook, error) => logRoomError("game-threw", roomName, error, { hook }),
    });
    const reports = new GameReports({
      ...{ roomName, store },
      send: async (game, report) => {
        if (report.listing === null) shell.told.note("game.ended", { game }, { once: "ended", isWanted: true });
        await lobbyOf(env, project, game).report(id, report);
      },
      changed: () => alarm.arm(),
    });
    const telling = new TellingTime(ctx.storage.kv);
    const alarm = new GameAlarm({
      storage: ctx.storage,
      dueMs: () => Math.min(engine.nextDueMs() ?? Infinity, room.ends.dueMs, reports.dueMs, telling.dueMs),
    });
    const joined = new JoinedUsers({
      ...{ roomName, crowd: sockets.crowd, events: env.EVENTS },
      retryAfter: (delayMs) => {
        telling.dueMs = Date.now() + delayMs;
        alarm.arm();
      },
    });
    const gate = new Gate({ present: sockets.crowd, refusals, lock: () => "open" });
    const parts = { engine, gate, alarm, reports, joined, telling };
    made.push(parts);
    return parts;
  });
  const [parts] = made;
  if (parts === undefined) throw new Error("the behaviour makes its parts");
  return { ...parts, shell, store, refusals, behaviour };
}

function asSession(text: string): SessionId {
  // SAFETY: made by the router; here it is only compared.
  return text as SessionId;
}

/** Of a problem that the base class answers with. */
async function reasonOf(response: Response): Promise<string> {
  const problem = await response.json<{ readonly title?: string }>().catch(() => ({ title: undefined }));
  return problem.title ?? "The room cannot be reached yet.";
}
