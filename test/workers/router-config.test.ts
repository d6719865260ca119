import { expect, test } from "vitest";
import { ConfigError, loadConfig, parseConfig } from "../../src/config.ts";

test("[RT11] what is not said has the defaults of the design", () => {
  expect(parseConfig({})).toEqual({
    ok: true,
    value: {
      framesPerSecond: 16_000,
      snapshotDelayMs: 10_000,
      snapshotMaxDelayMs: 60_000,
      versionIntervalMs: 600_000,
      compactRows: 500,
      compactBytes: 262_144,
      blipHoldMs: 3_000,
      sweepFirstMs: 60_000,
      sweepMaxMs: 900_000,
      webhookDelayPermille: 1_000,
      webhookTimeoutMs: 10_000,
      webhookReach: "public",
      heartbeatSilenceMs: 90_000,
      isOpen: false,
      allowedOrigins: [],
      secrets: [],
      operatorSecret: null,
    },
  });
});

test("[RT11] what is said is taken", () => {
  const variables = {
    ROOST_SECRETS: `b:${"n".repeat(32)} , a:${"o:".repeat(20)}`,
    ROOST_OPERATOR_SECRET: "p".repeat(32),
    ROOST_BLIP_MS: "0",
    ROOST_HEARTBEAT_SILENCE_MS: "1000",
    ROOST_OPEN: "1",
    ROOST_ALLOWED_ORIGINS: " https://a.example, http://b.example:81 ",
  };
  const secrets = [
    { id: "b", secret: "n".repeat(32) },
    { id: "a", secret: "o:".repeat(20) },
  ];
  const value = {
    blipHoldMs: 0,
    heartbeatSilenceMs: 1_000,
    isOpen: true,
    allowedOrigins: ["https://a.example", "http://b.example:81"],
    secrets,
    operatorSecret: "p".repeat(32),
  };
  expect(parseConfig(variables)).toMatchObject({ ok: true, value });
});

test.each([
  [{ ROOST_OPEN: "true" }, "ROOST_OPEN"],
  [{ ROOST_FRAMES_PER_SECOND: "0" }, "ROOST_FRAMES_PER_SECOND"],
  [{ ROOST_FRAMES_PER_SECOND: "1e3" }, "ROOST_FRAMES_PER_SECOND"],
  [{ ROOST_COMPACT_ROWS: "-1" }, "ROOST_COMPACT_ROWS"],
  [{ ROOST_BLIP_MS: "3s" }, "ROOST_BLIP_MS"],
  [{ ROOST_SNAPSHOT_DELAY_MS: "70000" }, "ROOST_SNAPSHOT_MAX_DELAY_MS"],
  [{ ROOST_SWEEP_MAX_MS: "1" }, "ROOST_SWEEP_MAX_MS"],
  [{ ROOST_WEBHOOK_DELAY_PERMILLE: "0" }, "ROOST_WEBHOOK_DELAY_PERMILLE"],
  [{ ROOST_WEBHOOK_REACH: "everywhere" }, "ROOST_WEBHOOK_REACH"],
  [{ ROOST_HEARTBEAT_SILENCE_MS: "999" }, "ROOST_HEARTBEAT_SILENCE_MS"],
  [{ ROOST_ALLOWED_ORIGINS: "a.example" }, "ROOST_ALLOWED_ORIGINS"],
  [{ ROOST_ALLOWED_ORIGINS: "https://a.example/path" }, "ROOST_ALLOWED_ORIGINS"],
])("[RT11] %j is refused by name", (variables, variable) => {
  expect(parseConfig(variables)).toMatchObject({ ok: false, error: { tag: "bad-config", variable } });
  expect(() => loadConfig(variables)).toThrow(ConfigError);
});

const LONG = "verysecretverysecretverysecretvery";

test.each([
  [{ ROOST_SECRETS: LONG }],
  [{ ROOST_SECRETS: `:${LONG}` }],
  [{ ROOST_SECRETS: `A:${LONG}` }],
  [{ ROOST_SECRETS: `seventeenletters1:${LONG}` }],
  [{ ROOST_SECRETS: `a:verysecret` }],
  [{ ROOST_SECRETS: `a:${LONG} ${LONG}` }],
  [{ ROOST_SECRETS: `a:${LONG},a:${LONG}x` }],
  [{ ROOST_SECRETS: Array.from({ length: 17 }, (_, index) => `a${index}:${LONG}`).join() }],
  [{ ROOST_OPERATOR_SECRET: "verysecret" }],
  [{ ROOST_OPERATOR_SECRET: `${LONG} ${LONG}` }],
  [{ ROOST_OPERATOR_SECRET: `sk_${LONG}` }],
])("[RT11] a secret that does not fit is refused by name, and nothing of it is shown (%#)", (variables) => {
  const parsed = parseConfig(variables);
  expect(parsed).toMatchObject({ ok: false, error: { tag: "bad-config", variable: Object.keys(variables)[0] } });
  expect(JSON.stringify(parsed)).not.toContain("verysecret");
});

test("[RT11] an environment is read once", () => {
  const variables = { ROOST_BLIP_MS: "7" };
  expect(loadConfig(variables)).toBe(loadConfig(variables));
});
