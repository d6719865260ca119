import { describe, expect, it } from "vitest";
import { checkJwksUrl } from "../../../src/auth/jwks-url.ts";

const check = (url: string, allowsLoopback = false) => checkJwksUrl(url, { allowsLoopback }).ok;

describe("addresses of key sets", () => {
  it.each([
    "https://id.example.com/keys",
    "https://id.example.com/.well-known/jwks.json?tenant=1",
    "https://id.example.com:443/keys",
    "https://xn--bcher-kva.example/keys",
    "https://1.example.com/",
    "https://localhost.example.com/",
    "https://internal.example.com/",
    "HTTPS://ID.EXAMPLE.COM/keys",
  ])("[AU40] %s may be fetched", (url) => {
    expect(check(url)).toBe(true);
  });

  it.each([
    ...[
      "",
      "id.example.com",
      "//id.example.com/keys",
      "http://id.example.com/",
      "ftp://id.example.com/",
      "file:///etc",
    ],
    ...["data:application/json,{}", "blob:https://id.example.com/x", "wss://id.example.com/", "javascript:1"],
    ...["https://user@id.example.com/", "https://user:pw@id.example.com/", "https://id.example.com@evil.example/"],
    ...["https://id.example.com:8443/", "https://id.example.com:80/", "https://id.example.com:0/"],
    ...["https://id.example.com/a b", "https://id.exa\nmple.com/", "https://id.example.com/\t", "https://"],
    ...[`https://id.example.com/${"a".repeat(500)}`],
  ])("[AU40] %j may not be fetched", (url) => {
    expect(check(url)).toBe(false);
  });

  it.each([
    ...["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "8.8.8.8"],
    ...["2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "017700000001", "0", "0x0"],
    ...["127.0.0.1.", "2130706433.", "1.1", "192.168.257", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1"],
    ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[fe80::1]", "[fc00::1]", "[fd12::1]"],
    ...["[2606:4700::1111]", "[64:ff9b::a00:1]", "[0:0:0:0:0:0:0:1]", "[::ffff:a9fe:a9fe]"],
    ...["localhost", "LOCALHOST", "localhost.", "a.localhost", "a.localhost.", "ｌｏｃａｌｈｏｓｔ", "loca%6chost"],
    ...["router", "printer.local", "printer.local.", "db.internal", "metadata.google.internal", "x.home.arpa"],
    ...[
      "intranet",
      "wiki.corp",
      "nas.lan",
      "nas.home",
      "a.private",
      "a.intranet",
      "id.example.com.",
      "id.example.com..",
    ],
  ])("[AU40] the host %s may not be asked", (host) => {
    expect(check(`https://${host}/keys`)).toBe(false);
  });

  it("[AU40] loopback may be asked where it is allowed, by http and on any port, and nothing else becomes so", () => {
    for (const url of ["http://localhost:8080/k", "http://127.0.0.1:1/k", "https://[::1]/k", "http://2130706433/k"]) {
      expect(check(url, true)).toBe(true);
      expect(check(url)).toBe(false);
    }
    for (const url of ["http://10.0.0.1/", "http://id.example.com/", "https://192.168.1.1/", "ftp://localhost/"]) {
      expect(check(url, true)).toBe(false);
    }
    expect(check("http://user:pw@localhost/", true)).toBe(false);
  });

  it("[AU60] no reason repeats the address: it may hold a password", () => {
    const bad = checkJwksUrl("https://user:hunter2@id.example.com/");
    expect(JSON.stringify(bad)).not.toContain("hunter2");
  });
});
