import fc from "fast-check";
import { expect, test } from "vitest";
import { decryptText, encryptText, pathOf } from "../../src/sops/cipher.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyText = fc.string({ unit: "grapheme" });

/** @see https://github.com/getsops/sops/blob/main/aes/cipher_test.go */
test("what SOPS has encrypted is decrypted", () => {
  const encrypted =
    "ENC[AES256_GCM,data:oYyi,iv:MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=,tag:t5z2Z023Up0kxwCgw1gNxg==,type:str]";
  expect(decryptText(encrypted, Buffer.alloc(32, "f"), "bar:")).toBe("foo");
});

test("a text is decrypted with its key and at its place, and nowhere else", () => {
  fc.assert(
    fc.property(anyText, key, key, (text, own, other) => {
      fc.pre(text !== "" && Buffer.compare(own, other) !== 0);
      const encrypted = encryptText(text, own, pathOf("data", "a"));
      expect(decryptText(encrypted, own, pathOf("data", "a"))).toBe(text);
      expect(decryptText(encrypted, own, pathOf("data", "b"))).toBeUndefined();
      expect(decryptText(encrypted, other, pathOf("data", "a"))).toBeUndefined();
    }),
  );
});

test("two encryptions of one text are different", () => {
  const encryptions = [0, 1].map(() => encryptText("text", Buffer.alloc(32), ""));
  expect(new Set(encryptions).size).toBe(2);
});

test("a ciphertext that was changed is none", () => {
  const encrypted = encryptText("text", Buffer.alloc(32), "");
  expect(decryptText(encrypted.replace(/data:../, "data:AA"), Buffer.alloc(32), "")).toBeUndefined();
  expect(decryptText("text", Buffer.alloc(32), "")).toBeUndefined();
});
