/** One command to a machine of QEMU: qemu-qmp-ref(7). */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Returns when it is done. @param socket that QEMU listens on */
export async function control(
  socket: string,
  execute: string,
  words: Record<string, unknown>,
): Promise<void> {
  const connection = connect(socket);
  using stack = new DisposableStack();
  stack.defer(() => connection.destroy());
  await once(connection, 'connect');
  const lines = createInterface({ input: connection })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`QEMU hung up at ${execute}`);
      const said = JSON.parse(value) as Record<string, unknown>;
      if ('error' in said) throw new Error(`${execute}: ${value}`);
      if (!('event' in said)) return said;
    }
  };
  await answer(); // its greeting
  for (const command of [{ execute: 'qmp_capabilities' }, { execute, arguments: words }]) {
    connection.write(`${JSON.stringify(command)}\n`);
    await answer();
  }
}
