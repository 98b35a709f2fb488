// What the page and the frame of foreign output say to each other.

/** What to show, and how the page around it looks. */
export interface FrameRequest {
  readonly show:
    | { readonly kind: "html"; readonly html: string }
    | { readonly kind: "vega"; readonly spec: unknown; readonly lite: boolean }
    | { readonly kind: "plotly"; readonly figure: unknown };
  readonly theme: { readonly ink: string; readonly dark: boolean; readonly font: string };
}

/** Asks for what is drawn, as a picture. */
export interface PictureRequest {
  readonly picture: true;
}

/** Anything in the frame can say this: the page believes none of it. A link is one that somebody
 *  followed, a picture the address of its data. */
export type FrameSays =
  | { readonly kind: "ready" }
  | { readonly kind: "height"; readonly height: number }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "link"; readonly address: string }
  | { readonly kind: "picture"; readonly address: string };
