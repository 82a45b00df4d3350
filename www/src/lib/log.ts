/**
 * The one way to the console. Only fixed words and failure codes go in: never a name, a password
 * or an octet of mail.
 */
export function logDefect(where: string, thrown: unknown): void {
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  console.error(`${where}: ${kind}`);
}
