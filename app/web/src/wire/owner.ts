// Whose page this is: the person in whose name it asks, and whose is what it keeps on the device. The
// server answers in nobody else's name, whoever signed in meanwhile.

let id = "";
const { promise, resolve } = Promise.withResolvers<string>();

/** The id of the person, once that is known. It stays for as long as the page does. */
export const owner = promise;

/** The page is this person's. */
export function belongTo(personId: string): void {
  id ||= personId;
  resolve(id);
}

/** What a request says of it; nothing while nobody is known. */
export function named(): Readonly<Record<string, string>> {
  return id ? { "Loop-Person": id } : {};
}

/** Says that it is asked who that is. */
export const UNNAMED = { "Loop-Person": "" };
