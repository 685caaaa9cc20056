/** Public ssh keys, as in authorized_keys(5). */

const KEY =
  /(^|\s)(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-(ssh|ecdsa)-[a-z0-9-]+@openssh\.com)\s+AAAA[A-Za-z0-9+/=]+(\s|$)/;

/** Whether an entry of `ssh_keys` is a key itself; it is the path of a file otherwise. */
export function isPublicKey(entry: string): boolean {
  return KEY.test(entry) && !entry.trim().includes('\n');
}

/** Whether an entry that is no key was meant to be one rather than a path. */
export function looksLikeKey(entry: string): boolean {
  return /\n|(^|\s)(ssh-|ecdsa-|sk-)\S+\s/.test(entry.trim());
}

/** Whether text holds a secret half, in any of the usual forms. */
export function isPrivateKey(text: string): boolean {
  return /^(-----BEGIN [A-Z ]*PRIVATE KEY-----|PuTTY-User-Key-File-)/m.test(text);
}

/** Number of the first line that is neither key, comment nor empty; 0 if there is none. A file without any key counts as wrong in line 1. */
export function wrongKeyLine(text: string): number {
  const lines = text.split('\n').map((line) => line.trim());
  const wrong = lines.findIndex((line) => line !== '' && !line.startsWith('#') && !isPublicKey(line));
  if (wrong >= 0) return wrong + 1;
  return lines.some(isPublicKey) ? 0 : 1;
}
