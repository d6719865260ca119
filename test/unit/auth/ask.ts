/**
 * Requests that bring something, put to authenticate().
 * @module
 */
import { type AuthDeps, type Credentials, authenticate } from "../../../src/auth/authenticate.ts";
import type { Project } from "../../../src/auth/project.ts";
import { ACME, NOTHING, OTHER, authDeps, outcome, projectOf } from "./auth-world.ts";

export const OPERATOR = "the operator's secret of this server, long";
export const ACME_PAGE = "https://acme.example.com";
const KNOWN = [projectOf(ACME), projectOf(OTHER)];

type World = Partial<Omit<AuthDeps, "projects">> & { readonly projects?: readonly Project[] };

/** As the router does it: the page's origin is one of the member's. */
export const pageAt = (origin: string | null): World => ({
  isOriginAllowed: (origins) => origin === null || origins.includes(origin),
});

export async function ask(credentials: Partial<Credentials>, { projects = KNOWN, ...changes }: World = {}) {
  return await authenticate({ ...NOTHING, ...credentials }, authDeps(projects, changes).deps);
}

/** The error's tag, or "ok". */
export const askTag = async (credentials: Partial<Credentials>, world?: World) =>
  outcome(await ask(credentials, world));
