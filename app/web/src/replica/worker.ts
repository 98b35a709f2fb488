// The hub as a worker that all tabs of a browser share. A tab's lock tells when it is gone.

/// <reference lib="webworker" />
import { Hub } from "./hub.ts";
import type { ToHub } from "./messages.ts";

const scope = self as unknown as SharedWorkerGlobalScope;
const hub = new Hub();

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
