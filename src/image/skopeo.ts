/** Images from and to registries, carried by skopeo: https://github.com/containers/skopeo */
import { basename, dirname, join } from 'node:path';
import type { SlipwayError } from '../system/errors.ts';
import { silent, task, type Sink } from '../system/events.ts';
import { run } from '../system/process.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Catalog } from './catalog.ts';
import { fail } from './errors.ts';
import { importImages } from './import.ts';
import { findEntry } from './lookup.ts';
import type { Generation } from './types.ts';

export interface TransferOptions {
  /** Talk HTTP, or HTTPS with any certificate. */
  insecure?: boolean;
  /** File with logins, as `skopeo login` writes it; default: root's own. Never a password in an argument. */
  authfile?: string;
  sink?: Sink;
  signal?: AbortSignal;
}

/**
 * Sends one generation to a registry. The digest there is the one here.
 * @param address `registry.example:5000/images/compute:v2`
 * @throws SlipwayError `image/unknown`, `image/transfer`
 */
export async function push(
  catalog: Catalog,
  ref: string,
  address: string,
  options: TransferOptions = {},
): Promise<void> {
  const { name, number } = findEntry(await catalog.index(), ref);
  const { catalog: directory } = catalog.paths;
  // Relative, for skopeo takes what follows a colon for the name of the image.
  const from = `oci:${basename(directory)}:${name}:${number}`;
  const flags = options.insecure ? ['--dest-tls-verify=false'] : [];
  await copy('Push', ref, from, remote(address), dirname(directory), flags, options);
}

/**
 * Fetches an image from a registry and imports it; everything is checked as in an import.
 * @param name name of the image here; default: the one it was built with
 * @throws SlipwayError `image/transfer`, and as `importImages`
 */
export async function pull(
  catalog: Catalog,
  address: string,
  options: TransferOptions & { name?: string } = {},
): Promise<Generation[]> {
  await using work = await workDirectory(catalog.paths, 'pull');
  const tag = /^[^@]+\/[^@]*:([a-z0-9][a-z0-9._-]{0,62})$/.exec(address)?.[1] ?? 'latest';
  const flags = options.insecure ? ['--src-tls-verify=false'] : [];
  await copy('Pull', address, remote(address), `oci:layout:${tag}`, work.path, flags, options);
  return await importImages(catalog, join(work.path, 'layout'), {
    name: options.name,
    sink: options.sink,
    signal: options.signal,
  });
}

async function copy(
  verb: string,
  ref: string,
  from: string,
  to: string,
  cwd: string,
  flags: string[],
  options: TransferOptions,
): Promise<void> {
  const login = options.authfile === undefined ? [] : ['--authfile', options.authfile];
  // No signature policy of the host's: content is checked by digest, boots by our own signatures.
  const argv = [
    'skopeo',
    '--insecure-policy',
    'copy',
    '--preserve-digests',
    ...flags,
    ...login,
    '--',
    from,
    to,
  ];
  await task(options.sink ?? silent, `${verb} of ${ref}`, async ({ id }) => {
    await run(argv, { cwd, signal: options.signal, sink: options.sink, id }).catch((cause: SlipwayError) => {
      if (cause.code !== 'process/failed') throw cause;
      throw fail('transfer', { verb, ref }, { cause, output: cause.output });
    });
  });
}

/** A bare address means a registry; nothing else may be named: a path of the host is no place to push to. */
function remote(address: string): string {
  const bare = address.replace(/^docker:\/\//, '');
  if (
    !/^([a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-f:]+\])(:\d+)?\/[a-z0-9][a-z0-9._/-]*([:@][A-Za-z0-9._:-]+)?$/.test(
      bare,
    )
  )
    throw fail('bad-address', { address: JSON.stringify(address) });
  return `docker://${bare}`;
}
