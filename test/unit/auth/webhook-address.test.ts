/**
 * Where webhooks may go, however the address is spelled.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type WebhookReach, checkWebhookUrl } from "../../../src/auth/webhook-address.ts";

const verdict = (text: string, reach: WebhookReach = "public") => {
  const checked = checkWebhookUrl(text, reach);
  return checked.ok ? checked.value : null;
};

describe("a receiver's address", () => {
  test.each([
    "https://hooks.shop.com/roost",
    "https://hooks.shop.com:443/roost?a=b",
    "https://xn--bcher-kva.com/",
    "https://bücher.com/hook",
    "https://10.shop.com/",
    "https://localhost.shop.com/",
  ])("[WH14] %s is public", (text) => {
    expect(verdict(text)).toBe(new URL(text).href);
  });

  const spellings: readonly (readonly [what: string, url: string])[] = [
    ["plain http", "http://hooks.shop.com/"],
    ["another scheme", "ftp://hooks.shop.com/"],
    ["a script", "javascript:alert(1)"],
    ["another port", "https://hooks.shop.com:8443/"],
    ["credentials", "https://user:secret@hooks.shop.com/"],
    ["a user that looks like a host", "https://hooks.shop.com@169.254.169.254/"],
    ["an empty password", "https://user:@hooks.shop.com/"],
    ["a fragment", "https://hooks.shop.com/#here"],
    ["this machine", "https://localhost/"],
    ["this machine below a name", "https://roost.localhost/"],
    ["this machine in other letters", "https://ⓛocalhost/"],
    ["this machine in full width", "https://ｌｏｃａｌｈｏｓｔ/"],
    ["this machine with a dot", "https://localhost./"],
    ["a trailing dot", "https://hooks.shop.com./"],
    ["an IPv4 address", "https://93.184.216.34/"],
    ["a private one", "https://10.0.0.1/"],
    ["metadata", "https://169.254.169.254/latest/meta-data/"],
    ["metadata by name", "https://metadata.google.internal/"],
    ["one number", "https://2130706433/"],
    ["octal", "https://0177.0.0.1/"],
    ["hexadecimal", "https://0x7f000001/"],
    ["short", "https://127.1/"],
    ["mixed", "https://0x7f.0.0.01/"],
    ["in full-width digits", "https://１２７.0.0.1/"],
    ["with an ideographic dot", "https://127。0。0。1/"],
    ["percent-encoded", "https://%31%32%37.0.0.1/"],
    ["with a trailing dot", "https://127.0.0.1./"],
    ["IPv6 loopback", "https://[::1]/"],
    ["IPv6 in full", "https://[0:0:0:0:0:0:0:1]/"],
    ["IPv4-mapped IPv6", "https://[::ffff:127.0.0.1]/"],
    ["IPv4-mapped in hexadecimal", "https://[::ffff:7f00:1]/"],
    ["NAT64", "https://[64:ff9b::7f00:1]/"],
    ["a unique local address", "https://[fd00::1]/"],
    ["a link-local one", "https://[fe80::1]/"],
    ["a public IPv6", "https://[2606:4700::1111]/"],
    ["a name without a dot", "https://intranet/"],
    ["a cluster's name", "https://roost.default.svc/"],
    ["multicast DNS", "https://printer.local/"],
    ["a line break", "https://hooks.shop.com/\nx"],
    ["a space", "https://hooks.shop.com/ x"],
    ["no URL", "hooks.shop.com/roost"],
    ["too long", `https://hooks.shop.com/${"x".repeat(512)}`],
  ];

  test.each(spellings)("[WH14] %s is refused", (_what, url) => {
    expect(verdict(url)).toBeNull();
  });

  test("[WH14] no address by number is public, however it is written", () => {
    const part = fc
      .nat(255)
      .chain((byte) => fc.constantFrom(String(byte), `0${byte.toString(8)}`, `0x${byte.toString(16)}`));
    const dotted = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
    const whole = fc.nat(0xff_ff_ff_ff).map(String);
    const sixth = fc.ipV6().map((text) => `[${text}]`);
    fc.assert(
      fc.property(fc.oneof(dotted, whole, sixth), fc.constantFrom("", "."), (host, dot) => {
        expect(verdict(`https://${host}${dot}/`)).toBeNull();
      }),
    );
  });

  test("[WH14] what is let in is https to a name with a dot, without port and credentials", () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, authoritySettings: { withUserInfo: true, withPort: true } }),
        (text) => {
          const href = verdict(text);
          if (href === null) return;
          const { protocol, port, username, password, hostname } = new URL(href);
          expect([protocol, port, username, password]).toEqual(["https:", "", "", ""]);
          expect(hostname).toMatch(/^[^[\]]+\.[^\d.][^.]*$/);
        },
      ),
    );
  });

  test("[WH14] a setting lets this machine in, and another one every host; credentials none", () => {
    expect(verdict("http://127.0.0.1:3000/hook", "loopback")).toBe("http://127.0.0.1:3000/hook");
    expect(verdict("http://[::1]:3000/hook", "loopback")).toBe("http://[::1]:3000/hook");
    expect(verdict("http://10.0.0.1/hook", "loopback")).toBeNull();
    expect(verdict("http://10.0.0.1:81/hook", "any")).toBe("http://10.0.0.1:81/hook");
    expect(verdict("http://user@10.0.0.1/hook", "any")).toBeNull();
    expect(verdict("file:///etc/passwd", "any")).toBeNull();
  });
});
