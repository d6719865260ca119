/**
 * One socket of a room of people: what it may do, what it says, what it looks at, and what it was told.
 * @module
 */
import {
  type ActorId,
  type Face,
  PRESENCE_VERSION,
  type PresenceServerMessage,
  type Refused,
  type View,
} from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import { SessionRights } from "../session-rights.ts";
import { PeopleRates } from "./people-rates.ts";
import type { PersonEntry, Voice } from "./person.ts";
import type { KeptConnection, PeopleFacts } from "./ports.ts";
import { Reading } from "./readers.ts";
import { Said } from "./said.ts";
import { type Zone, zoneOfView } from "./zones.ts";

export class Connection implements Voice {
  readonly id: SessionId;
  readonly user: string | null;
  readonly joinedMs: number;
  readonly rights: SessionRights;
  readonly rates: PeopleRates;
  readonly said: Said;
  readonly reading: Reading;
  readonly isHeld = false;
  isGreeted: boolean;
  /** Whose connection it is, as its hello says; empty before. */
  key: string;
  /** Undefined for one that only hears. */
  person: PersonEntry | undefined;
  view: View | null;
  follows: ActorId;
  lastSeenMs: number;
  /** Its volatile messages that were above its rate, since it was last told. */
  dropped = 0;
  /** What of it was refused, since it was last told. */
  refused: Refused | undefined;
  /** When it was told of either. */
  reportedMs = -Infinity;
  /** Whose sample it was told, in a sampled room. */
  toldZone: Zone | undefined;
  /** Whom it was told beyond the sample; 0 for nobody. */
  toldExtra: ActorId = 0;
  /** It was told to send as often as those whose cursors are shown. */
  isSpeaker = false;

  constructor(facts: PeopleFacts, kept: KeptConnection | undefined, nowMs: number) {
    this.id = facts.id;
    this.user = facts.user;
    this.joinedMs = facts.joinedMs;
    this.rights = new SessionRights(facts, kept?.tokenStage ?? "fresh");
    this.rates = new PeopleRates(facts.limits, nowMs);
    this.said = kept === undefined ? new Said(facts.user) : Said.unpack(facts.user, kept);
    this.reading = new Reading(kept?.reading, nowMs);
    this.isGreeted = kept?.isGreeted ?? false;
    this.key = kept?.key ?? "";
    this.view = kept?.view ?? null;
    this.follows = kept?.follows ?? 0;
    this.lastSeenMs = kept?.lastSeenMs ?? nowMs;
  }

  get actor(): ActorId {
    return this.person?.actor ?? 0;
  }

  get zone(): Zone {
    return zoneOfView(this.view);
  }

  get profile(): Face | undefined {
    return this.rights.grant.profile;
  }

  /** It said something that is beyond the limits: that is not said, and it hears why. */
  refuse(reason: string): void {
    this.refused = { times: (this.refused?.times ?? 0) + 1, reason };
  }

  welcome(): PresenceServerMessage {
    const { id, actor, rights } = this;
    const { profile } = rights.grant;
    const welcome = { version: PRESENCE_VERSION, session: id, actor, scopes: rights.scopes };
    return { type: "welcome", welcome: profile === undefined ? welcome : { ...welcome, profile } };
  }

  /** For the attachment. */
  keep(): KeptConnection {
    const { isGreeted, key, actor, view, follows, lastSeenMs } = this;
    const [tokenStage, reading] = [this.rights.stage, this.reading.keep()];
    return { isGreeted, key, actor, view, follows, lastSeenMs, ...this.said.pack(), tokenStage, reading };
  }
}
