// The hub as a worker that all tabs of a person in a browser share, and whose name says whose it is. A tab's lock tells when it is gone.

/// <reference lib="webworker" />
import { belongTo } from "../wire/owner.ts";
import { Hub } from "./hub.ts";
import { HUB, type ToHub } from "./messages.ts";

const scope = self as unknown as SharedWorkerGlobalScope;
const hub = new Hub();
belongTo(scope.name.slice(HUB.length));

scope.onconnect = (event) => {
  const [port] = event.ports;
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<ToHub>) => {
    hub.receive(port, data);
    if (data.kind === "hello") {
      void navigator.locks.request(data.tab, { mode: "shared" }, () => hub.forget(port));
    }
  };
};
