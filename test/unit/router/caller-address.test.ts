import { expect, test } from "vitest";
import { countedAddress, hashAddress } from "../../../src/router/caller-address.ts";

const SECRET = "s".repeat(32);

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8:0:0::/64"],
  ["2001:0DB8:0001:0000:aaaa::", "2001:db8:1:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::ffff:203.0.113.7", "::ffff:203.0.113.7"],
  [undefined, "local"],
])("[RT90] %s is counted as %s", (ip, address) => {
  expect(countedAddress(ip)).toBe(address);
});

test("[RT90] the same address is the same, another one and another secret are not", async () => {
  const hash = await hashAddress("203.0.113.7", SECRET);
  expect(hash).toMatch(/^[\w-]{16}$/);
  expect(await hashAddress("203.0.113.7", SECRET)).toBe(hash);
  expect(await hashAddress("203.0.113.8", SECRET)).not.toBe(hash);
  expect(await hashAddress("203.0.113.7", "t".repeat(32))).not.toBe(hash);
});
