/**
 * The certificate for HTTPS: the one of the administrator, or one that signs
 * itself, made at first use and again before it ends or when the server's names
 * change. The private key stays the same, 0600 beside the other keys.
 */
import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import type { Installation } from '../system/config.ts';
import { writeDurably } from '../system/durable.ts';
import { lock } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { run } from '../system/process.ts';
import { workDirectory } from '../system/workdir.ts';
import { fail } from './errors.ts';

/** Days that a certificate of ours lasts, and before its end at which it is made again. */
const DAYS = 397;
const RENEW_BEFORE = 30 * 86_400_000;

export interface ServerCertificate {
  /** PEM. */
  certificate: string;
  key: string;
  /** SHA-256 of the certificate: `AB:CD:…`. */
  fingerprint: string;
  selfMade: boolean;
}

/**
 * @param names host names and addresses by which the server is reached
 * @throws SlipwayError `access/certificate`, `process/missing` where openssl is not installed
 */
export async function serverCertificate(
  { paths, config }: Installation,
  names: readonly string[],
  now = Date.now(),
): Promise<ServerCertificate> {
  const { certificate, key } = config.serve.tls;
  if (certificate !== undefined && key !== undefined) return await given(certificate, key);
  using _ = await lock(paths.locks, 'certificate', 'making the certificate', { wait: 30_000 });
  const files = { key: join(paths.keys, 'tls.key'), certificate: join(paths.keys, 'tls.crt') };
  const privateKey = (await text(files.key)) ?? (await newKey(files.key));
  const wanted = [...new Set([...names, ...config.serve.tls.names])];
  const known = await text(files.certificate);
  const pem =
    known !== undefined && holds(known, privateKey, wanted, now)
      ? known
      : await newCertificate(paths, files, wanted);
  return {
    certificate: pem,
    key: privateKey,
    fingerprint: new X509Certificate(pem).fingerprint256,
    selfMade: true,
  };
}

async function given(certificateFile: string, keyFile: string): Promise<ServerCertificate> {
  const read = async (file: string) =>
    await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw fail('certificate', { file, reason: cause.code ?? cause.message }, { cause });
    });
  const [certificate, key] = [await read(certificateFile), await read(keyFile)];
  let file = certificateFile;
  try {
    const x509 = new X509Certificate(certificate);
    file = keyFile;
    // What OpenSSL says of a key that it cannot read tells nothing of the key.
    if (!x509.checkPrivateKey(createPrivateKey(key)))
      throw new Error('it does not belong to the certificate');
    return { certificate, key, fingerprint: x509.fingerprint256, selfMade: false };
  } catch (cause) {
    throw fail('certificate', { file, reason: (cause as Error).message }, { cause });
  }
}

async function newKey(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await chmod(dirname(file), 0o700);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeDurably(file, pem, 0o600);
  return pem;
}

async function newCertificate(
  paths: Paths,
  files: { key: string; certificate: string },
  names: readonly string[],
): Promise<string> {
  const alternative = names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',');
  // A configuration of our own: that of the machine could change what comes out. req(1), x509v3_config(5)
  const config = [
    '[req]',
    'distinguished_name = name',
    'x509_extensions = extensions',
    'prompt = no',
    '[name]',
    'CN = slipway',
    '[extensions]',
    `subjectAltName = ${alternative}`,
    'basicConstraints = critical,CA:FALSE',
    'keyUsage = critical,digitalSignature',
    'extendedKeyUsage = serverAuth',
  ];
  await using work = await workDirectory(paths, 'certificate');
  const file = join(work.path, 'openssl.cnf');
  await writeFile(file, `${config.join('\n')}\n`);
  const { stdout } = await run(
    ['openssl', 'req', '-x509', '-new', '-sha256', '-config', file, '-key', files.key, '-days', `${DAYS}`],
    { timeout: 30_000 },
  );
  await writeDurably(files.certificate, stdout, 0o644);
  return stdout;
}

/** Whether the certificate belongs to the key, has all names, and lasts. */
function holds(pem: string, key: string, names: readonly string[], now: number): boolean {
  try {
    const x509 = new X509Certificate(pem);
    return (
      x509.checkPrivateKey(createPrivateKey(key)) &&
      Date.parse(x509.validTo) - RENEW_BEFORE > now &&
      Date.parse(x509.validFrom) <= now &&
      names.every((name) => (isIP(name) ? x509.checkIP(name) : x509.checkHost(name)) !== undefined)
    );
  } catch {
    return false;
  }
}

async function text(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
