// By which run of the assistant a record came.

import { expect, test } from "vitest";
import type { Actor, WireRecord } from "../src/generated.ts";
import { runOf } from "../src/page/history/run-of.ts";

const agent = { name: "assistant", version: "1", model: "claude-of-may" };
const own: Actor = { kind: "assistant", id: "a1", name: "Assistant", on_behalf_of: ["ana"], agent };
const ana: Actor = { kind: "human", id: "ana", name: "Ana" };
const of = (type: string, actor: Actor, data: object, more: object = {}) =>
  runOf({ notebook_id: "nb1", seq: 1, type, actor, data, ...more } as WireRecord);

test("what an assistant did names its run, its model and its person", () => {
  const whole = { notebook_id: "nb1", run_id: "r1", agent, person_id: "ana" };
  expect(of("cellCreated", own, { cell_id: "c1" }, { correlation_id: "r1" })).toEqual(whole);
  expect(of("contextAssembled", own, { run_id: "r1" })).toEqual(whole);
  const issued = { run_id: "r1", agent, person_id: "ana", notebooks: ["nb1"] };
  expect(of("credentialIssued", ana, issued, { notebook_id: "workspace" })).toEqual(whole);
});

test("what it may not do names it too, and what people do names no run", () => {
  expect(of("actionDenied", ana, { denied: own })).toMatchObject({ agent, person_id: "ana" });
  expect(of("actionDenied", ana, { denied: ana })).toBeNull();
  expect(of("cellCreated", ana, { cell_id: "c1" })).toBeNull();
  expect(of("assistantRunRequested", ana, { run_id: "r1", person_id: "ana" })?.run_id).toBe("r1");
});
