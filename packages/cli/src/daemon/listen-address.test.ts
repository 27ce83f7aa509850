import { expect, test } from "vitest";
import { parseListenAddress } from "./listen-address.ts";

test.each([
  ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["[::1]:65535", { host: "::1", port: 65_535 }],
])("%s is an address and a port", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
});

test.each(["8080", ":8080", "127.0.0.1", "::1:8080", "a:65536", "http://a:80", "a b:1", ""])("%j is none", (text) => {
  expect(() => parseListenAddress(text)).toThrow(
    expect.objectContaining({
      code: "Invalid",
      message: `--listen: expected an address and a port, found ${JSON.stringify(text)}`,
    }),
  );
});
