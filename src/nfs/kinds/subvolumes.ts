/** Subvolumes of btrfs without a process each. Forms: linux/btrfs.h, `struct btrfs_ioctl_vol_args` and `_v2`. */
import { closeSync, constants, openSync } from 'node:fs';

const [SIZE, NAME] = [4096, 8];
const NAME_V2 = 56;
/** _IOW(0x94, NR, 4096), the same on x86-64 and arm64. */
const request = (number: number) => 0x5000_9400 + number;
const [CREATE, DESTROY, SNAPSHOT] = [request(14), request(15), request(23)];
const ERRORS: Readonly<Record<number, string>> = { 1: 'EPERM', 2: 'ENOENT', 17: 'EEXIST', 20: 'ENOTDIR', 22: 'EINVAL', 25: 'ENOTTY', 28: 'ENOSPC', 30: 'EROFS', 122: 'EDQUOT' }; // prettier-ignore

export interface Subvolumes {
  /** An empty one. @throws as file system calls of Node */
  create(directory: string, name: string): void;
  /** One with what `of`, the top of a subvolume, has now. */
  snapshot(of: string, directory: string, name: string): void;
  /** With all in it, at once. Nothing happens where there is none. */
  remove(directory: string, name: string): void;
}

/** Nothing where there is no library for this system. */
export async function subvolumes(): Promise<Subvolumes | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const ioctl = koffi.load('libc.so.6').func('int ioctl(int, unsigned long, ...)');
    const call = (directory: string, code: number, argument: Buffer): number => {
      const at = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        return ioctl(at, code, 'uint8_t *', argument) === 0 ? 0 : koffi.errno();
      } finally {
        closeSync(at);
      }
    };
    const must = (what: string, path: string, error: number) => {
      if (error === 0) return;
      const code = ERRORS[error] ?? `error ${error}`;
      throw Object.assign(new Error(`${code}: ${what} '${path}'`), { code, errno: -error });
    };
    return {
      create: (directory, name) =>
        must('subvolume create', directory, call(directory, CREATE, named(NAME, name))),
      snapshot(of, directory, name) {
        const source = openSync(of, constants.O_RDONLY | constants.O_DIRECTORY);
        try {
          const argument = named(NAME_V2, name);
          argument.writeBigInt64LE(BigInt(source));
          must('subvolume snapshot', directory, call(directory, SNAPSHOT, argument));
        } finally {
          closeSync(source);
        }
      },
      // What is no subvolume, or not there, is left to rm.
      remove(directory, name) {
        try {
          call(directory, DESTROY, named(NAME, name));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      },
    };
  } catch {
    return undefined;
  }
}

function named(at: number, name: string): Buffer {
  const argument = Buffer.alloc(SIZE);
  argument.write(name, at);
  return argument;
}
