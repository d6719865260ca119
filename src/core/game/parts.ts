/**
 * What the parts of one running game share.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { Containment } from "./contain.ts";
import type { EngineOptions, GameCounts, GameKind } from "./engine-options.ts";
import type { Inputs } from "./inputs.ts";
import type { Outgoing } from "./outgoing.ts";
import type { GameCloseReason, GameLogic, StateCodec } from "./ports.ts";
import type { RoomFacts } from "./room-facts.ts";
import type { Link } from "./seated.ts";
import type { Seats } from "./seats.ts";
import type { TickClock } from "./tick-clock.ts";
import type { Shapes } from "./shapes.ts";
import type { Timers } from "./timers.ts";

/** A socket that is closed with the next flush, behind what it hears in it. */
export type Closing = {
  readonly session: SessionId;
  readonly link: Link;
  readonly reason: GameCloseReason;
  readonly detail: string;
};

export type Moment = {
  /** Unix ms of what happens now. */
  nowMs: number;
  /** What waits does not wait for its pace. */
  isUrgent: boolean;
  /** The state is not as it is stored. */
  isUnsaved: boolean;
  /** The room ends with the next flush; nothing more happens in it. */
  isEnding: boolean;
  closings: Closing[];
};

export type GameParts = {
  readonly options: EngineOptions;
  readonly kind: GameKind;
  readonly logic: GameLogic;
  readonly codec: StateCodec;
  readonly seats: Seats;
  readonly timers: Timers;
  readonly facts: RoomFacts;
  readonly outgoing: Outgoing;
  readonly contain: Containment;
  readonly inputs: Inputs;
  readonly shapes: Shapes;
  readonly clock: TickClock;
  readonly counts: GameCounts;
  readonly moment: Moment;
};
