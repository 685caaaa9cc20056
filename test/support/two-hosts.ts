import { Namespace } from '../../src/system/namespace.ts';
import { run } from '../../src/system/process.ts';

/** Two hosts on a wire of their own: `server` with 10.9.0.1 on v0, `client` with 10.9.0.50 on v1 and MAC 52:54:00:00:00:01. */
export interface TwoHosts extends AsyncDisposable {
  server: Namespace;
  client: Namespace;
}

export async function twoHosts(): Promise<TwoHosts> {
  const server = await Namespace.open({ network: true });
  const client = await Namespace.open({ network: true });
  await server.run([
    'ip',
    'link',
    'add',
    'v0',
    'type',
    'veth',
    'peer',
    'name',
    'v1',
    'address',
    '52:54:00:00:00:01',
  ]);
  // Only the network of the server: its process ids mean nothing to the client's.
  const outside = ['nsenter', '--target', String(server.pid), '--net', '--'];
  await run([...outside, 'ip', 'link', 'set', 'v1', 'netns', String(client.pid)]);
  await server.run(['ip', 'address', 'add', '10.9.0.1/24', 'dev', 'v0']);
  for (const name of ['lo', 'v0']) await server.run(['ip', 'link', 'set', name, 'up']);
  for (const name of ['lo', 'v1']) await client.run(['ip', 'link', 'set', name, 'up']);
  await client.run(['ip', 'address', 'add', '10.9.0.50/24', 'dev', 'v1']);
  await client.run(['ip', 'route', 'add', 'default', 'dev', 'v1']);
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
