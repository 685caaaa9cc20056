/** `npm run docs`: writes docs/reference and man, and removes pages of what is gone. */
import { glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedPages } from './pages.ts';

const checkout = join(import.meta.dirname, '../../..');
const pages = await generatedPages();
for await (const old of glob(['docs/reference/*.md', 'man/*.[1-8]'], { cwd: checkout }))
  if (!pages.has(old)) await rm(join(checkout, old));
for (const [path, content] of pages) {
  await mkdir(dirname(join(checkout, path)), { recursive: true });
  await writeFile(join(checkout, path), content);
}
