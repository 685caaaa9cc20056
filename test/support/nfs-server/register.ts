/** The nodes of these tests, n1, n2, …: one a tap, with addresses of their own, open to the test's key. */
import { putContent } from '../../../src/files/contents.ts';
import { addNodes } from '../../../src/node/registry.ts';
import type { ServerOptions } from './server.ts';

const KEYS = '/root/.ssh/authorized_keys';

export const nodeAddress = (number: number): string => `198.18.87.${10 + number}`;

export function writeNodes(count: number): ServerOptions['register'] {
  return async (db, network, key) => {
    const content = await putContent(db, KEYS, Buffer.from(key));
    for (let number = 1; number <= count; number++)
      await addNodes(db, `n${number}`, {
        macs: [network.taps[number]?.mac ?? ''],
        address: nodeAddress(number),
        // The serial port of a machine of src/vm/qemu.ts.
        arguments: ['console=ttyS0,115200'],
        files: { [KEYS]: { content, mode: '0600' } },
      });
  };
}
