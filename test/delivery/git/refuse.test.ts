import { expect, test } from "vitest";
import { refusal } from "../../../src/delivery/git/refuse.ts";

test("a file's name begins no line of its own, which a terminal or a CI would take for ours", () => {
  const path = "clusters/edge-1/x\n::stop-commands::now\r\n\u001b[2Kerror: all is well";
  const { message } = refusal("GIT_DIVERGED", "https://git.example.com/fleet", [{ path, message: "is not ours" }]);
  expect(message.split("\n")).toEqual([
    "https://git.example.com/fleet: 1 fault; nothing was pushed",
    "  clusters/edge-1/x ::stop-commands::now error: all is well: is not ours",
  ]);
});
