/**
 * Four calls of Linux that Node does not offer. With sendfile(2) the kernel sends
 * from its page cache; by way of Node's buffers a file is copied twice more, which
 * was measured to halve what a server can send.
 */

/** Linux, the same on x86-64 and arm64. */
const F_DUPFD_CLOEXEC = 1030;
const SIOCOUTQ = 0x5411;
const SHUT_RDWR = 2;

export interface Kernel {
  /** A second descriptor of the same open socket or file, which children do not inherit. */
  duplicate(descriptor: number): number;
  /** Sends up to `count` bytes of a file from `position` on. How many went, 0 at the end of the file, -1 if none now or in case of an error. */
  send(socket: number, file: number, position: number, count: number): number;
  /** Bytes that the client has not yet acknowledged. */
  unsent(socket: number): number;
  /** Ends a connection for all that hold a descriptor of it. */
  cut(socket: number): void;
}

/** Nothing where there is no library for this system: then Node has to do. */
export async function kernel(): Promise<Kernel | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    const { default: koffi } = await import('koffi');
    // musl has that name too.
    const libc = koffi.load('libc.so.6');
    const fcntl = libc.func('int fcntl(int, int, ...)');
    const sendfile = libc.func('int64_t sendfile(int, int, _Inout_ int64_t *, uint64_t)');
    const ioctl = libc.func('int ioctl(int, unsigned long, ...)');
    const shutdown = libc.func('int shutdown(int, int)');
    const offset = new BigInt64Array(1);
    const left = new Int32Array(1);
    return {
      duplicate: (descriptor) => fcntl(descriptor, F_DUPFD_CLOEXEC, 'int', 0) as number,
      send: (socket, file, position, count) => {
        offset[0] = BigInt(position);
        return Number(sendfile(socket, file, offset, count));
      },
      unsent: (socket) => (ioctl(socket, SIOCOUTQ, 'int32_t *', left) === 0 ? (left[0] ?? 0) : 0),
      cut: (socket) => void shutdown(socket, SHUT_RDWR),
    };
  } catch {
    return undefined;
  }
}
