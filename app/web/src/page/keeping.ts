// Has the browser keep the page for when the server cannot be reached, and hears of a newer one.

const LATER_MS = 2_000;

/** Keep the page, once it has begun. `newer` is called when the server has another than this. */
export function keepPage(newer: () => void): void {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return; // a plain-text connection to another machine
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"]')?.src ?? "";
  serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ entry?: string }>) => {
    if (data.entry && !entry.endsWith(data.entry)) newer();
  });
  const register = (): void => {
    serviceWorker.register("/offline.js", { updateViaCache: "none" }).catch(() => {});
  };
  setTimeout(register, LATER_MS);
}

/** The server is back, and may be another: ask for its page. */
export function askForNewer(): void {
  void navigator.serviceWorker
    ?.getRegistration()
    .then((registration) => registration?.update())
    .catch(() => {});
}
