import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { type Ref, refKey, refOf } from "../../src/model/ref.ts";

/** The same API server, with something done once, when an object has been judged and is just about to be applied. */
export function actingBetween(api: KubeApi, ref: Ref, act: () => Promise<unknown>): KubeApi {
  let isDone = false;
  return new Proxy(api, {
    get(target, field: keyof KubeApi) {
      const member = Reflect.get(target, field, target);
      if (typeof member !== "function") return member;
      return async (...args: readonly unknown[]) => {
        if (field === "apply" && !isDone && refKey(refOf(args[0] as Manifest)) === refKey(ref)) {
          isDone = true;
          await act();
        }
        return Reflect.apply(member, target, args);
      };
    },
  });
}
