/**
 * A project's back end and its webhooks over REST.
 */
import { expect, test } from "vitest";
import { type Keys, asOperator, ask, createProject } from "./project-requests.ts";
import { readJson, readProblem } from "./router-requests.ts";

type Made = { readonly id: string; readonly secret?: string; readonly url: string; readonly secretVersion: number };

const TOLD_BY_TEST_ONLY = { url: "https://hooks.shop.com/roost", events: ["webhook.test"] };

async function made({ secretKey }: Keys, body: object = {}): Promise<Made> {
  const response = await ask(secretKey, "/v1/webhooks", { body: { ...TOLD_BY_TEST_ONLY, ...body } });
  expect(response.status).toBe(201);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return await readJson<Made>(response);
}

async function listed({ secretKey }: Keys): Promise<readonly Made[]> {
  return (await readJson<{ webhooks: readonly Made[] }>(await ask(secretKey, "/v1/webhooks"))).webhooks;
}

test("[RT500] an endpoint's secret is in the answers that make it, and in no other; another project sees neither", async () => {
  const [keys, rival] = [await createProject("hooks-a"), await createProject("hooks-b")];
  const first = await made(keys);
  expect(first.secret).toMatch(/^whsec_/);
  const rotated = await readJson<Made>(await ask(keys.secretKey, `/v1/webhooks/${first.id}/rotate`, { body: {} }));
  expect([rotated.secretVersion, rotated.secret === first.secret]).toEqual([2, false]);
  expect(await listed(keys)).toEqual([expect.not.objectContaining({ secret: expect.anything() })]);
  const single = await (await ask(keys.secretKey, `/v1/webhooks/${first.id}`)).text();
  expect(single).not.toMatch(/whsec|master/i);
  expect(await listed(rival)).toEqual([]);
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/test"],
    ["POST", "/replay?from=0"],
  ] as const) {
    expect((await ask(rival.secretKey, `/v1/webhooks/${first.id}${path}`, { method })).status).toBe(404);
  }
  const audit = await (await asOperator("/v1/audit?project=hooks-a")).text();
  expect(audit).not.toMatch(/whsec/);
});

test("[RT501] what does not fit is refused with its reason, and a project has twenty endpoints at most", async () => {
  const keys = await createProject("hooks-c");
  const wrong = [
    { url: "http://hooks.shop.com/" },
    { url: "https://127.1/" },
    { events: [] },
    { events: ["document.eaten"] },
    { description: "x\u0000" },
    { more: 1 },
  ];
  for (const body of wrong) {
    const response = await ask(keys.secretKey, "/v1/webhooks", { body: { ...TOLD_BY_TEST_ONLY, ...body } });
    expect(response.status).toBe(400);
  }
  for (let count = 0; count < 20; count += 1) await made(keys);
  expect((await ask(keys.secretKey, "/v1/webhooks", { body: TOLD_BY_TEST_ONLY })).status).toBe(409);
});

test("[RT502] what is changed replaces what was; a disabled endpoint is neither tested nor replayed until it is enabled", async () => {
  const keys = await createProject("hooks-d");
  const { id } = await made(keys);
  const change = async (body: Readonly<Record<string, unknown>>) =>
    await readJson<Record<string, unknown>>(await ask(keys.secretKey, `/v1/webhooks/${id}`, { method: "PATCH", body }));
  const status = async (path: string) =>
    (await ask(keys.secretKey, `/v1/webhooks/${id}${path}`, { method: "POST" })).status;
  expect(await change({ url: "https://other.shop.com/", description: "moved" })).toMatchObject({
    ...{ url: "https://other.shop.com/", description: "moved", events: ["webhook.test"], disabledMs: null },
  });
  expect(await change({ isEnabled: false })).toMatchObject({
    disabledMs: expect.any(Number),
    disabledReason: "by request",
  });
  expect([await status("/test"), await status("/replay?from=0")]).toEqual([409, 409]);
  expect(await change({ isEnabled: true })).toMatchObject({ disabledMs: null, disabledReason: null });
  expect([await status("/replay?from=0"), await status("/replay?from=nothing"), await status("/replay")]).toEqual([
    202, 400, 400,
  ]);
  const gone = await ask(keys.secretKey, `/v1/webhooks/${id}`, { method: "DELETE" });
  expect([gone.status, await listed(keys)]).toEqual([204, []]);
});

test("[RT503] a second rotation while the overlap of the first runs is refused with its end, unless it is forced", async () => {
  const keys = await createProject("hooks-e");
  const { id, secret } = await made(keys);
  const rotate = async (body: Readonly<Record<string, unknown>>) =>
    await ask(keys.secretKey, `/v1/webhooks/${id}/rotate`, { body });
  const first = await readJson<Made & { previousUntilMs: number }>(await rotate({ overlapSeconds: 3_600 }));
  const refused = await rotate({ overlapSeconds: 0 });
  expect(refused.status).toBe(409);
  expect((await readProblem(refused)).detail).toContain(new Date(first.previousUntilMs).toISOString());
  expect(await listed(keys)).toMatchObject([{ secretVersion: 2, previousUntilMs: first.previousUntilMs }]);
  // Nothing is left of an overlap of no length.
  const forced = await rotate({ overlapSeconds: 0, force: true });
  expect([forced.status, (await readJson<Made>(forced)).secretVersion]).toEqual([200, 3]);
  const next = await readJson<Made>(await rotate({}));
  expect([next.secretVersion, new Set([secret, first.secret, next.secret]).size]).toEqual([4, 3]);
});
