// Keeps the files of the page on the device, so that it opens where the server cannot be reached.
// A file is named by its content, so whichever set has it answers for it; the document is that of the
// newest set that is here whole. The frame of outputs is kept with what was drawn in it once. What is
// under /api never comes by here, and nothing of it is kept.

/// <reference lib="webworker" />

/** Put in by the build: all files of the page, those of the frame by what they are, and the script
 * that its document starts. */
declare const PAGE_FILES: readonly string[];
declare const PAGE_FRAME: Readonly<Record<string, string>>;
declare const PAGE_ENTRY: string;
declare const PAGE_VERSION: string;

const OURS = "page ";
const SET = OURS + PAGE_VERSION;
const DOCUMENT = "/";
const SCREEN = /^\/($|n\/[^/]+($|\/history$)|(audit|connect|people)$)/;
/** What stands before a server says so when that is down. */
const DOWN: readonly number[] = [502, 503, 504];
const PATIENCE_MS = 5_000;

const scope = self as unknown as ServiceWorkerGlobalScope;

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (pathname === PAGE_FRAME["document"]) {
    const draws = searchParams.get("draws");
    if (draws) event.respondWith(keptFrame(draws));
  } else if (request.mode === "navigate" && SCREEN.test(pathname)) {
    // A one-time code is for the server alone, and the plain pages are its own.
    if (!searchParams.has("code") && !searchParams.has("plain")) event.respondWith(opened(request));
  }
});

scope.addEventListener("message", (event) => {
  const { draws } = event.data as { readonly draws: string };
  event.waitUntil(keepFrame(draws));
});

/** All files or none. A document of another build than these files is not theirs. */
async function install(): Promise<void> {
  const document = await fetch(DOCUMENT, { cache: "no-store" });
  const text = await document.clone().text();
  if (!document.ok || !text.includes(PAGE_ENTRY)) throw new Error("The page is of another build.");
  const set = await caches.open(SET);
  await set.addAll(PAGE_FILES);
  await set.put(DOCUMENT, document);
  await scope.skipWaiting();
}

/** Tabs of the page before go on with its files until they are loaded anew; older ones go. */
async function activate(): Promise<void> {
  const sets = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== SET);
  await Promise.all(sets.slice(0, -1).map((name) => caches.delete(name)));
  await scope.clients.claim();
  for (const tab of await scope.clients.matchAll({ type: "window" })) {
    tab.postMessage({ entry: PAGE_ENTRY });
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function opened(request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: late.signal });
    return DOWN.includes(answer.status) ? ((await kept()) ?? answer) : answer;
  } catch {
    return (await kept()) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

/** Keep the frame with what draws this in it: it was used, and may be again. */
async function keepFrame(draws: string): Promise<void> {
  const set = await caches.open(SET);
  const missing = [];
  for (const part of ["document", "frame", draws]) {
    const file = PAGE_FRAME[part];
    if (file && !(await set.match(file))) missing.push(file);
  }
  await set.addAll(missing);
}

/**
 * The frame as the server gave it, with its scripts within: a document of no origin has no worker that
 * could answer for them. It is never opened without the sandbox that its own policy is.
 */
async function keptFrame(draws: string): Promise<Response> {
  const document = await caches.match(PAGE_FRAME["document"] ?? "", { cacheName: SET });
  const policy = document?.headers.get("Content-Security-Policy") ?? "";
  const text = (await document?.text()) ?? "";
  const frame = await code("frame");
  if (!policy.startsWith("sandbox allow-scripts;") || !text.includes(PAGE_FRAME["frame"] ?? "")) {
    return Response.error();
  }
  const library = await code(draws);
  const whole = text.replace(
    /<script src="[^"]*"([^>]*)><\/script>/,
    (_, more: string) => `<script>${library}</script><script${more}>${frame}</script>`,
  );
  return new Response(whole, { headers: document?.headers ?? {} });
}

/** A script of the frame, as it may stand in a document. */
async function code(part: string): Promise<string> {
  const found = await caches.match(PAGE_FRAME[part] ?? "", { cacheName: SET, ignoreVary: true });
  return ((await found?.text()) ?? "").replaceAll("</script", "<\\/script");
}

/** The document as the server gave it, with a nonce of its own, as the server gives it each time. */
async function kept(): Promise<Response | null> {
  const document = await caches.match(DOCUMENT, { cacheName: SET, ignoreVary: true });
  if (!document) return null;
  const headers = new Headers(document.headers);
  const policy = headers.get("Content-Security-Policy") ?? "";
  const [, before] = /'nonce-([^']+)'/.exec(policy) ?? [];
  const text = await document.text();
  if (!before) return new Response(text, { headers });
  const nonce = crypto.randomUUID().replaceAll("-", "");
  headers.set("Content-Security-Policy", policy.replaceAll(before, nonce));
  return new Response(text.replaceAll(before, nonce), { headers });
}
