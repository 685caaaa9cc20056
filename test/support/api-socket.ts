import { request } from 'node:http';
import { socketPath } from '../../src/server/api/listen.ts';
import type { Paths } from '../../src/system/paths.ts';

/** What the API of an installation's running server answers to root, as JSON. */
export async function socketGet(paths: Paths, path: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const asking = request({ socketPath: socketPath(paths), path, timeout: 30_000 }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('end', () => {
      if (response.statusCode === 200) resolve(JSON.parse(text));
      else reject(new Error(`${response.statusCode}: ${text}`));
    });
  });
  asking.on('error', reject);
  asking.on('timeout', () => asking.destroy(new Error('no answer')));
  asking.end();
  return await promise;
}
