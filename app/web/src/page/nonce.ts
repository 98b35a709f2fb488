// The nonce that the server gave this document, for styles that scripts make.

const given = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
export const nonce = given?.nonce || given?.content || "";
