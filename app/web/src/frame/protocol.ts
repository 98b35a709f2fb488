// What the page and the frame of foreign output say to each other.

/** What to show, and how the page around it looks. */
export interface FrameRequest {
  readonly show:
    | { readonly kind: "html"; readonly html: string }
    | { readonly kind: "vega"; readonly spec: unknown; readonly lite: boolean }
    | { readonly kind: "plotly"; readonly figure: unknown };
  readonly theme: { readonly ink: string; readonly dark: boolean; readonly font: string };
}

export type FrameSays =
  | { readonly kind: "ready" }
  | { readonly kind: "height"; readonly height: number }
  | { readonly kind: "failed"; readonly reason: string };
