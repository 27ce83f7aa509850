import { expect, test } from "vitest";
import { PullProgress, pullQuery } from "./pull.ts";

test.each([
  ["busybox", { fromImage: "busybox", tag: "latest" }],
  ["busybox:1.36", { fromImage: "busybox", tag: "1.36" }],
  ["localhost:5000/a/b", { fromImage: "localhost:5000/a/b", tag: "latest" }],
  ["localhost:5000/a/b:1", { fromImage: "localhost:5000/a/b", tag: "1" }],
  ["a/b@sha256:ff", { fromImage: "a/b", tag: "sha256:ff" }],
  ["a/b:1@sha256:ff", { fromImage: "a/b", tag: "sha256:ff" }],
])("a pull of %s gets one image", (ref, query) => {
  expect(pullQuery(ref)).toEqual(query);
});

const question = { what: "pull image x:1", kind: "pull" } as const;

test("progress is a line for each change, however the bytes are cut", () => {
  const lines: string[] = [];
  const progress = new PullProgress(question, (line) => lines.push(line));
  const text = [
    { status: "Pulling from x", id: "1" },
    { status: "Downloading", id: "aa", progressDetail: { current: 1 } },
    { status: "Downloading", id: "aa", progressDetail: { current: 2 } },
    { status: "Pull complete", id: "aa" },
    { status: "Status: Downloaded newer image for x:1" },
  ]
    .map((line) => `${JSON.stringify(line)}\r\n`)
    .join("");
  for (const character of text) progress.push(Buffer.from(character));
  expect(lines).toEqual([
    "1: Pulling from x",
    "aa: Downloading",
    "aa: Pull complete",
    "Status: Downloaded newer image for x:1",
  ]);
});

test("C65: a failure inside the stream is the call's failure", () => {
  const progress = new PullProgress(question);
  const failure = { errorDetail: { message: "toomanyrequests: slow down" }, error: "toomanyrequests: slow down" };
  expect(() => progress.push(Buffer.from(`${JSON.stringify(failure)}\n`))).toThrow(
    expect.objectContaining({ code: "RateLimited", message: "Cannot pull image x:1: toomanyrequests: slow down" }),
  );
});
