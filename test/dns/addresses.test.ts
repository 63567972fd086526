import { expect, test } from "vitest";
import { addressFault, hostOf, withoutUsualPort } from "../../src/dns/addresses.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1:53", "192.0.2.1"],
  ["192.0.2.1:65535", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["[2001:db8::1]:5353", "2001:db8::1"],
])("%s is the address of a server", (text, host) => {
  expect(hostOf(text)).toBe(host);
  expect(addressFault(text)).toBeUndefined();
});

test.each([
  "None",
  "",
  " 192.0.2.1",
  "192.0.2",
  "192.0.2.256",
  "192.0.2.1:",
  "192.0.2.1:0",
  "192.0.2.1:65536",
  "192.0.2.1:053",
  "192.0.2.1/32",
  "[192.0.2.1]:53",
  "[2001:db8::1]",
  "2001:db8::1:53535",
  "fe80::1%eth0",
  "[fe80::1%eth0]:53",
  "dns.example.com",
  "tls://192.0.2.1",
  "/etc/resolv.conf",
  "192.0.2.1 {",
  "192.0.2.1\n",
])("%j is none, and would make CoreDNS refuse its whole configuration", (text) => {
  expect(hostOf(text)).toBeUndefined();
  expect(addressFault(text)).toMatch(/is no IP address; write it as /);
});

test.each(["127.0.0.1", "127.1.2.3:5353", "0.0.0.0", "::1", "[::1]:53", "::", "::ffff:127.0.0.1"])(
  "%s is the server itself",
  (text) => expect(addressFault(text)).toMatch(/leads back to the cluster's own DNS server; /),
);

test.each([
  ["192.0.2.1:53", "192.0.2.1"],
  ["[2001:db8::1]:53", "2001:db8::1"],
  ["192.0.2.1:5353", "192.0.2.1:5353"],
  ["2001:db8::53", "2001:db8::53"],
])("%s is %s without the port that goes without saying", (text, plain) => expect(withoutUsualPort(text)).toBe(plain));
