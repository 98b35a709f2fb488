// A word or button that says more when the pointer rests on it.

import { Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { later } from "../later.ts";

const Hint = later(async () => ({ default: (await import("./floating.tsx")).Hint }));
const REST_MS = 400;

export function Hinted({
  hint,
  className,
  children,
}: {
  readonly hint: () => ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const place = useRef<HTMLSpanElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [open, setOpen] = useState(false);
  const close = (): void => {
    clearTimeout(timer.current);
    setOpen(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <span
      ref={place}
      className={className}
      onPointerEnter={() => {
        timer.current = setTimeout(() => setOpen(true), REST_MS);
      }}
      onPointerLeave={close}
      onPointerDown={close}
    >
      {children}
      {open ? (
        <Suspense fallback={null}>
          <Hint anchor={place} close={close}>
            {hint()}
          </Hint>
        </Suspense>
      ) : null}
    </span>
  );
}
