import { basename } from 'node:path';
import { run } from '../system/process.ts';
import type { Tool } from './types.ts';

/** Programs that do not answer `--version`. */
const QUESTION: Record<string, string[]> = { mksquashfs: ['-version'], ip: ['-V'], 'mkfs.erofs': ['-V'] };

/** Asks an installed program for its version. Programs that know no version have none. */
export async function toolVersion(path: string, signal?: AbortSignal): Promise<Tool> {
  const name = basename(path);
  try {
    const { stdout, stderr } = await run([path, ...(QUESTION[name] ?? ['--version'])], {
      timeout: 10_000,
      okCodes: [0, 1],
      signal,
    });
    return {
      name,
      path,
      version: /\d+\.[\d.]*\d[-+~\w.]*/.exec(firstLine(stdout) || firstLine(stderr))?.[0],
    };
  } catch {
    signal?.throwIfAborted();
    return { name, path };
  }
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => /\d/.test(line)) ?? '';
}
