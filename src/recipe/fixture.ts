/** For tests: recipes in a temporary directory. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { SlipwayError } from '../system/errors.ts';
import { loadRecipe, type LoadOptions } from './load.ts';
import type { ResolvedRecipe } from './resolved.ts';

/** A source that needs no file. */
export const DEBIAN = 'source: {debian: {suite: bookworm}}\n';

export class RecipeDirectory implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(): Promise<RecipeDirectory> {
    return new RecipeDirectory(await mkdtemp(join(tmpdir(), 'slipway-recipe-')));
  }

  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, name)), { recursive: true });
      await writeFile(join(this.path, name), content);
    }
  }

  /** Loads a file of the directory; SOURCE_DATE_EPOCH of the test's own environment is not seen. */
  async load(file: string, options: LoadOptions = {}): Promise<ResolvedRecipe> {
    return await loadRecipe(join(this.path, file), { env: {}, ...options });
  }

  /** Loads `text` as `r.yml`. */
  async loadText(text: string, options: LoadOptions = {}): Promise<ResolvedRecipe> {
    await this.write({ 'r.yml': text });
    return await this.load('r.yml', options);
  }

  /** What loading a file refuses, one line each: `place code: message | todo`, places relative to the directory. */
  async mistakes(file: string, options: LoadOptions = {}): Promise<string[]> {
    return (await errorsOf(this.load(file, options))).map((error) => this.line(error));
  }

  /** The same for `text` as `r.yml`. */
  async mistakesIn(text: string, options: LoadOptions = {}): Promise<string[]> {
    await this.write({ 'r.yml': text });
    return await this.mistakes('r.yml', options);
  }

  line({ where, code, message, todo }: SlipwayError): string {
    const file = where?.file.startsWith('/') ? relative(this.path, where.file) : where?.file;
    const place = [file, where?.line, where?.column].filter((part) => part !== undefined).join(':');
    return `${place} ${code}: ${message} | ${todo}`.replaceAll(`${this.path}/`, '').trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** The error of a promise and all in its `also`; throws if there was none, or one of another class. */
export async function errorsOf(promise: Promise<unknown>): Promise<SlipwayError[]> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error('nothing was refused');
  if (!(error instanceof SlipwayError)) throw error;
  return [error, ...error.also];
}
