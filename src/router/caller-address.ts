/**
 * Where a request comes from, as far as limits need it.
 * @module
 */
import { toBase64Url } from "../auth/hmac.ts";

/** The header in which the platform names the address, whatever a client says. */
export const ADDRESS_HEADER = "cf-connecting-ip";
/** Without the platform in front, as on a developer's machine, everybody is here. */
const LOCAL = "local";
const MAX_ADDRESS_CHARS = 64;
/** An IPv6 customer has a /64 at least, so its addresses count as one. */
const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;
/** 96 bits: two addresses of one room never share one. */
const HASH_CHARS = 16;

/** What limits are counted by: the address, or its /64. */
export function countedAddress(ip: string | undefined): string {
  if (ip === undefined) return LOCAL;
  const text = ip.slice(0, MAX_ADDRESS_CHARS).toLowerCase();
  // An address that holds an IPv4 one is that one.
  return text.includes(":") && !text.includes(".") ? networkOf(text) : text;
}

/** Stands for the address where it is kept: nobody can turn it back without the secret. */
export async function hashAddress(address: string, secret: string): Promise<string> {
  const text = new TextEncoder().encode(`roost address v1\n${secret}\n${address}`);
  const digest = await crypto.subtle.digest("SHA-256", text);
  return toBase64Url(new Uint8Array(digest)).slice(0, HASH_CHARS);
}

/** The first groups of an IPv6 address, written one way. */
function networkOf(ip: string): string {
  const [head = "", tail] = ip.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, IPV6_GROUPS - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
