/**
 * What README shows about keys, tokens and finer rights is run as it stands there.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPackage } from "../../scripts/bundle-package.ts";
import { destroyProviders, openProvider, textOf, type, whenSaveState } from "../support/client-providers.ts";
import {
  type ClosedServer,
  type Project,
  ask,
  createProject,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import { RawClient } from "../support/raw-client.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let server: ClosedServer;
let project: Project;
/** A back end of somebody who has installed the package. */
let backEnd: string;

beforeAll(async () => {
  server = await startClosedServer();
  project = await createProject(server, "readme");
  backEnd = await mkdtemp(join(tmpdir(), "roost-readme-"));
  await buildPackage(join(backEnd, "node_modules/roost/dist/package"));
  const { name, type: kind, exports } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  await writeFile(join(backEnd, "node_modules/roost/package.json"), JSON.stringify({ name, type: kind, exports }));
});
afterAll(async () => {
  destroyProviders();
  await server.stop();
  await rm(backEnd, { recursive: true, force: true });
});

/** Fenced blocks of a language below a heading, up to the next one. */
async function blocks(heading: string, language: string): Promise<readonly string[]> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const [, below = ""] = readme.split(`\n${heading}\n`);
  const [section = ""] = below.split(/\n##+ /);
  return [...section.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, code = ""]) => code);
}

/** What a script prints that stands in README. */
async function runBackEnd(code: string): Promise<string> {
  await writeFile(join(backEnd, "main.mjs"), code);
  const env = { ...process.env, ROOST_KEY: project.secretKey };
  return (await run(process.execPath, ["main.mjs"], { cwd: backEnd, env, timeout: 20_000 })).stdout.trim();
}

async function runCommand(line: string): Promise<string> {
  const env = { ...process.env, ROOST_URL: server.url, ROOST_OPERATOR_SECRET: server.operatorSecret };
  return (await run("sh", ["-ec", line], { cwd: ROOT, env, timeout: 60_000 })).stdout.trim();
}

async function statusOf(credential: string, path: string): Promise<number> {
  return (await ask(server, credential, path)).status;
}

test("[SD26] README's commands work as they stand there", { timeout: 120_000 }, async () => {
  const [commands = ""] = await blocks("## Keys and tokens", "sh");
  const [exports, create, access, token, rotate, revoke, ...rest] = commands.trim().split("\n");
  expect(rest).toEqual([]);
  expect(exports).toMatch(/^export /);
  const created = await runCommand(create ?? "");
  const publishable = /pk_\S+/.exec(created)?.[0] ?? "";
  const path = "/v1/documents/public%2Fx";
  const asPage = async () =>
    (await ask(server, publishable, path, { headers: { origin: "https://shop.example" } })).status;
  expect(await asPage()).toBe(403);
  await runCommand(access ?? "");
  // There is no such document, and who may not read would not be told.
  expect(await asPage()).toBe(404);
  const alice = await runCommand(token ?? "");
  expect(await statusOf(alice, "/v1/documents/team%2Fx")).toBe(404);
  expect(await statusOf(alice, "/v1/documents/other%2Fx")).toBe(403);
  const rotated = await runCommand(rotate ?? "");
  expect(/sk_\S+/.exec(rotated)?.[0]).not.toBe(/sk_\S+/.exec(created)?.[0]);
  expect(await statusOf(alice, "/v1/documents/team%2Fx")).toBe(404);
  await runCommand(revoke ?? "");
  expect(await statusOf(alice, "/v1/documents/team%2Fx")).toBe(403);
});

test("[SD26] README's back end makes tokens that let in", async () => {
  const [code = ""] = await blocks("## Keys and tokens", "js");
  const client = await RawClient.join(server, "team/notes", { token: await runBackEnd(code) });
  const welcome = client.messages.find((message) => message.type === "welcome");
  expect(welcome).toMatchObject({
    welcome: { user: "alice", profile: { name: "Alice" }, scopes: ["read", "write", "presence"] },
  });
  await client.leave();
});

test("[SD25] README's finer rights: who comments on a plan does not change it, and sees nothing else beside it", async () => {
  const [code = ""] = await blocks("### Finer rights", "js");
  const token = await runBackEnd(code);
  const author = await tokenFor(project, "author", {
    rooms: { "document:plan": ["read", "write"], "document:plan/*": ["read", "write"] },
  });
  const open = (id: string, by: string) => openProvider({ url: server.url, id, token: by });
  const [plan, comments] = [open("plan", author), open("plan/comments", author)];
  const [seen, commented] = [open("plan", token), open("plan/comments", token)];
  await Promise.all([plan, comments, seen, commented].map(({ whenSynced }) => whenSynced));
  type(plan.doc, "the plan");
  type(commented.doc, "what about lunch?");
  await Promise.all([plan.whenSaved(), commented.whenSaved()]);
  await expect
    .poll(() => [textOf(seen.doc), textOf(comments.doc)], { timeout: 20_000 })
    .toEqual(["the plan", "what about lunch?"]);
  expect([seen.canWrite, commented.canWrite]).toEqual([false, true]);
  type(seen.doc, " without lunch");
  await whenSaveState(seen, "unsaved");
  const { text } = await ask(server, project.secretKey, "/v1/documents/plan/content?format=text");
  expect(text).toBe("the plan");
  await expect(RawClient.join(server, "plan/drafts", { token })).rejects.toThrow("403");
});
