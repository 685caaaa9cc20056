/**
 * Writes cpio archives in the "newc" format, the one that the kernel unpacks as
 * an initramfs: Documentation/driver-api/early-userspace/buffer-format.rst
 */

/** One entry. Paths are relative, without `.` and `..`; parents must come before what they hold. */
export interface CpioEntry {
  path: string;
  /** Permissions only, such as 0o600. */
  mode: number;
  /** Content of a file; without it a directory. */
  content?: string | Uint8Array;
}

const DIRECTORY = 0o040000;
const FILE = 0o100000;
const TRAILER = 'TRAILER!!!';
/** cpio(1) pads archives to this; the kernel needs 4. */
const BLOCK = 512;

/** The archive. Owner root, all times 0: the same entries give the same bytes. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer, padTo: number) => {
    const padding = (padTo - ((length + part.length) % padTo)) % padTo;
    parts.push(part, Buffer.alloc(padding));
    length += part.length + padding;
  };
  const member = (path: string, inode: number, mode: number, links: number, content: Buffer) => {
    const name = Buffer.from(`${path}\0`);
    // inode mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
    const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    add(Buffer.concat([Buffer.from(header, 'latin1'), name]), 4);
    add(content, 4);
  };
  for (const [index, { path, mode, content }] of entries.entries()) {
    if (!/^[^\0/]+(\/[^\0/]+)*$/.test(path) || path.split('/').some((part) => part === '.' || part === '..'))
      throw new TypeError(`not a relative path: ${JSON.stringify(path)}`);
    if (path === TRAILER) throw new TypeError('this path would end the archive');
    const directory = content === undefined;
    member(
      path,
      index + 1,
      (directory ? DIRECTORY : FILE) | (mode & 0o7777),
      directory ? 2 : 1,
      Buffer.from(content ?? ''),
    );
  }
  member(TRAILER, 0, 0, 1, Buffer.alloc(0));
  add(Buffer.alloc(0), BLOCK);
  return Buffer.concat(parts, length);
}
