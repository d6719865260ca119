/**
 * Projects as requests need them: asked of D1 at most every 30 s by an isolate, and known for an hour after D1 fails.
 * @module
 */
import type { UserId } from "../auth/grants.ts";
import type { Project, ProjectClaim, ProjectSource, ProjectsUnavailable, TooManyLookups } from "../auth/project.ts";
import type { RoomAccess } from "../auth/room-access.ts";
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { ProjectId } from "../protocol/room-id.ts";
import { roomFamilies } from "../protocol/webhook-events.ts";
import { type ProjectState, Projects } from "../storage/d1/projects.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** DESIGN §5: a change is known everywhere after this. */
export const FRESH_MS = 30_000;
/** And while D1 is away, what was known goes on counting for this long. */
export const STALE_MS = 60 * 60 * 1000;
/** No request waits longer for D1. */
const LOAD_MS = 5_000;
/** Nor so long for an answer that another request asked for. */
const FLIGHT_MS = 2_000;
/** After a failure D1 is left alone for this long, by whoever asks for the same. */
const REST_MS = 1_000;
/** One project and its revocations take a few KB. */
export const MAX_PROJECTS = 1_000;
/** Anybody can name a project that does not exist. */
export const MAX_UNKNOWN = 10_000;
/**
 * Lookups of ids that somebody has named without proof and that are not cached, by the whole isolate. Whose tokens another provider
 * signs cannot be told before its project is asked for its keys, so this is what garbage costs D1 at most.
 */
export const LOOKUPS_PER_SECOND = 50;

export type ProjectStore = Pick<Projects, "load">;

type Found = Result<Project | null, ProjectsUnavailable | TooManyLookups>;
type Known = { readonly project: Project; readonly loadedMs: number };

/** What an isolate knows; ids that do not exist are remembered too, apart from those that do. */
export class ProjectCache implements ProjectSource {
  readonly #store: ProjectStore;
  readonly #now: () => number;
  readonly #known = new Map<ProjectId, Known>();
  readonly #unknown = new Map<ProjectId, number>();
  readonly #flights = new Map<ProjectId, Promise<Found>>();
  readonly #lookups = new TokenBuckets({ burstSeconds: 1 });
  /** Ids whose load failed. */
  readonly #resting = new Map<ProjectId, number>();
  /** For projects that have something to fall back on: D1 failed for somebody who had proven who they are. */
  #restUntilMs = 0;

  constructor(store: ProjectStore, now: () => number = () => Date.now()) {
    this.#store = store;
    this.#now = now;
  }

  /** What is known without asking D1; undefined where it would have to be asked. */
  peek(id: ProjectId): Project | null | undefined {
    const nowMs = this.#now();
    const known = this.#known.get(id);
    if (known !== undefined && nowMs - known.loadedMs < FRESH_MS) return known.project;
    const unknownMs = this.#unknown.get(id);
    return unknownMs !== undefined && nowMs - unknownMs < FRESH_MS ? null : undefined;
  }

  readonly find = async (id: ProjectId, claim: ProjectClaim): Promise<Found> => {
    const fresh = this.peek(id);
    if (fresh !== undefined) return ok(fresh);
    const nowMs = this.#now();
    const known = this.#known.get(id);
    if (this.#isResting(id, nowMs)) return this.#fallBack(id, "D1 failed a moment ago");
    for (let flight = this.#flights.get(id); flight !== undefined; flight = this.#flights.get(id)) {
      const found = await within(FLIGHT_MS, flight);
      if (found !== undefined) return found;
      // The request that began it may have been cancelled, and its promise with it: another one asks.
      if (this.#flights.get(id) === flight) this.#flights.delete(id);
    }
    if (claim === "said" && known === undefined) {
      const retryAfterMs = this.#lookups.take("", LOOKUPS_PER_SECOND * 60, nowMs);
      if (retryAfterMs > 0) return err({ tag: "too-many-lookups", retryAfterMs });
    }
    return await this.#fly(id, claim);
  };

  /** The next request asks D1: for this isolate's own changes. */
  forget(id: ProjectId): void {
    this.#known.delete(id);
    this.#unknown.delete(id);
    this.#resting.delete(id);
    // Its answer may be from before the change: it is not kept.
    this.#flights.delete(id);
  }

  /** Who made up an id that D1 failed to find keeps D1 from nobody else. */
  #isResting(id: ProjectId, nowMs: number): boolean {
    if (nowMs < (this.#resting.get(id) ?? 0)) return true;
    return this.#known.has(id) && nowMs < this.#restUntilMs;
  }

  async #fly(id: ProjectId, claim: ProjectClaim): Promise<Found> {
    const flight: Promise<Found> = this.#load(id, claim, () => this.#flights.get(id) === flight);
    this.#flights.set(id, flight);
    try {
      return await flight;
    } finally {
      if (this.#flights.get(id) === flight) this.#flights.delete(id);
    }
  }

  async #load(id: ProjectId, claim: ProjectClaim, isCurrent: () => boolean): Promise<Found> {
    const startMs = this.#now();
    const loaded = (await within(LOAD_MS, this.#store.load(id, startMs))) ?? err({ reason: "D1 gave no answer" });
    if (!loaded.ok) {
      const untilMs = this.#now() + REST_MS;
      keepNewest(this.#resting, { key: id, value: untilMs, max: MAX_UNKNOWN });
      if (claim === "proven") this.#restUntilMs = untilMs;
      return this.#fallBack(id, loaded.error.reason);
    }
    const project = loaded.value === null ? null : toProject(loaded.value);
    if (isCurrent()) this.#keep(id, project, startMs);
    return ok(project);
  }

  #keep(id: ProjectId, project: Project | null, loadedMs: number): void {
    if (project === null) {
      this.#known.delete(id);
      keepNewest(this.#unknown, { key: id, value: loadedMs, max: MAX_UNKNOWN });
      return;
    }
    this.#unknown.delete(id);
    keepNewest(this.#known, { key: id, value: { project, loadedMs }, max: MAX_PROJECTS });
  }

  #fallBack(id: ProjectId, reason: string): Found {
    const known = this.#known.get(id);
    const isRecent = known !== undefined && this.#now() - known.loadedMs < STALE_MS;
    return isRecent ? ok(known.project) : err({ tag: "projects-unavailable", reason });
  }
}

const caches = new WeakMap<D1Database, ProjectCache>();

/** The projects of a deployment, as this isolate knows them. */
export function projectsOf({ DB }: Pick<Env, "DB">): Pick<ProjectCache, "find" | "peek"> {
  return cacheOf(DB);
}

/** After a change of the project or of whom it refuses: here at once, in other isolates within 30 s. */
export function forgetProject({ DB }: Pick<Env, "DB">, id: ProjectId): void {
  cacheOf(DB).forget(id);
}

function cacheOf(db: D1Database): ProjectCache {
  const known = caches.get(db);
  if (known !== undefined) return known;
  const cache = new ProjectCache(new Projects(db));
  caches.set(db, cache);
  return cache;
}

function toProject({ record, documents, webhooks, revocations }: ProjectState): Project {
  const { id, name, keyVersion, previousUntilMs, origins, jwksUrl, issuer, limits } = record;
  // SAFETY: projects.ts checks what is stored: patterns with their scopes, and users.
  const access = record.access as RoomAccess;
  const refused = revocations.map(({ user, untilMs }) => [user as UserId, untilMs] as const);
  const facts = { id, name, keyVersion, previousUntilMs, origins, jwksUrl, limits, access, documents };
  const families = roomFamilies(webhooks);
  const told = families.length > 0 && { webhooks: families };
  return { ...facts, ...told, ...(issuer !== null && { issuer }), revocations: new Map(refused) };
}

/** Moves `key` to the end; what was written longest ago goes when there are too many. */
function keepNewest<K, V>(
  map: Map<K, V>,
  { key, value, max }: { readonly key: K; readonly value: V; readonly max: number },
): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}

/** What `promise` brings, or undefined when that takes longer. */
async function within<T>(delayMs: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), delayMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
