/** From the text of a parameters file, or of a saved image_data.yml, to what it says. */
import { isHash } from '../build/password.ts';
import { closest } from '../system/closest.ts';
import { reworded, SlipwayError, throwAll, type Place } from '../system/errors.ts';
import { readYamlTree, type Tree } from '../system/yaml-tree.ts';
import {
  checkKernelName,
  checkName,
  checkPackages,
  checkPassword,
  checkRelease,
  checkSize,
} from './check.ts';
import { fail } from './errors.ts';
import type { LivenetType } from './model.ts';
import { shownSafely } from './veil.ts';

export type ImageClass = 'LivenetImage' | 'NfsStagingImage' | 'NfsGoldenImage' | 'DemoImage';

/** Values of one file, each checked by itself. What the class needs is there. */
export interface Written {
  imageClass: ImageClass;
  /** With `saved` as it stands there: any text. */
  name: string;
  /** Clear, or a crypt(5) hash. */
  password?: { text: string; hash: boolean };
  /** Without `vmlinuz-`. */
  kernel?: string;
  additionalPackages: string[];
  releaseVersion?: string;
  type?: LivenetType;
  size?: string;
  /** Path. */
  sshKey?: string;
  selinux?: boolean;
  optimize?: boolean;
  message?: string;
  /** A node set, unchecked. */
  nodes?: string;
  mounted?: boolean;
  /** Keys that only disklessset itself has a use for. */
  ignored: string[];
  /** Where each key's value stands. */
  places: Record<string, Place>;
}

const CLASSES = {
  LivenetImage: {
    needs: ['password', 'kernel', 'livenet_type', 'livenet_size', 'selinux', 'optimize'],
    may: ['ssh_pub_key', 'additional_packages', 'release_version'],
  },
  NfsStagingImage: { needs: ['password', 'kernel'], may: ['additional_packages', 'release_version'] },
  NfsGoldenImage: { needs: ['password', 'kernel'], may: ['additional_packages', 'release_version'] },
  DemoImage: { needs: ['my_message'], may: [] },
} as const satisfies Record<ImageClass, { needs: readonly string[]; may: readonly string[] }>;

/** What disklessset adds when it saves an image. */
const SAVED = [
  'IMAGE_DIRECTORY', 'WORKING_DIRECTORY', 'MOUNT_DIRECTORY', 'NFS_DIRECTORY', 'image', 'is_mounted', 'creation_date', 'nodes',
]; // prettier-ignore

/** Told apart from recipes by the first key. */
export function isParametersFile(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(#|---|$)/.test(line));
  return /^\s*["']?image_data["']?\s*:/.test(first ?? '');
}

/**
 * @param saved it is an image_data.yml: golden images are known, strange keys are among the ignored
 * @throws SlipwayError `yaml/syntax`, `parameters/…` with places; all mistakes together
 */
export function readParameters(text: string, file: string, { saved = false } = {}): Written {
  return shownSafely(text, file, () => new Reader(text, file, saved).read());
}

class Reader {
  readonly #file: string;
  readonly #saved: boolean;
  readonly #values = new Map<string, Tree>();
  readonly #keys = new Map<string, Place>();
  readonly #places: Record<string, Place> = {};
  readonly #errors: SlipwayError[] = [];
  readonly #mistyped = new Set<string>();

  constructor(text: string, file: string, saved: boolean) {
    this.#file = file;
    this.#saved = saved;
    const tree = readYamlTree(text, file);
    const data = tree.kind === 'map' ? tree.entries.get('image_data')?.value : undefined;
    if (data?.kind !== 'map') throw fail('no-class', {}, { where: this.#at(tree) });
    if (tree.kind === 'map')
      for (const [key, { at }] of tree.entries)
        if (key !== 'image_data') this.#unknown(key, this.#at(at), 'parameters file', ['image_data']);
    for (const [key, { at, value }] of data.entries) {
      this.#keys.set(key, this.#at(at));
      this.#places[key] = this.#at(value);
      // Python's None is no value; so is nothing at all.
      if (value.kind !== 'text' || (value.text !== null && value.text !== 'None'))
        this.#values.set(key, value);
    }
    this.#places['image_data'] = this.#at(data);
  }

  read(): Written {
    const imageClass = this.#class();
    const { needs, may } = CLASSES[imageClass];
    const known = ['name', 'image_class', ...needs, ...may];
    const ignored: string[] = [];
    for (const [key, where] of this.#keys)
      if (known.includes(key)) continue;
      else if (SAVED.includes(key) || this.#saved) ignored.push(key);
      else this.#unknown(key, where, imageClass, known);
    for (const key of needs)
      // What was mistyped is told already.
      if (!this.#values.has(key) && key !== 'my_message' && !this.#mistyped.has(key))
        this.#errors.push(
          fail(
            'missing',
            { key, kind: imageClass },
            { where: this.#keys.get(key) ?? this.#places['image_data'] },
          ),
        );
    const written: Written = {
      imageClass,
      name: (this.#saved ? this.#text('name') : this.#checked('name', checkName)) ?? '',
      password: this.#password(),
      kernel: this.#checked('kernel', checkKernelName),
      additionalPackages: this.#list('additional_packages'),
      releaseVersion: this.#checked('release_version', checkRelease),
      type: this.#type(),
      size: this.#checked('livenet_size', checkSize),
      sshKey: this.#text('ssh_pub_key'),
      selinux: this.#boolean('selinux'),
      optimize: this.#boolean('optimize'),
      message: this.#text('my_message') ?? (imageClass === 'DemoImage' ? '' : undefined),
      nodes: this.#saved ? this.#text('nodes') : undefined,
      mounted: this.#saved ? this.#boolean('is_mounted') : undefined,
      ignored,
      places: this.#places,
    };
    throwAll(this.#errors.toSorted((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)));
    return written;
  }

  #class(): ImageClass {
    const name = this.#values.get('image_class');
    if (name?.kind !== 'text' || !this.#keys.has('name'))
      throw fail('no-class', {}, { where: this.#places['image_data'] });
    const text = name.text ?? '';
    const known = Object.keys(CLASSES).filter((one) => this.#saved || one !== 'NfsGoldenImage');
    if (known.includes(text)) return text as ImageClass;
    const near = closest(text, known);
    const hint =
      text === 'NfsGoldenImage'
        ? 'A golden image is made from a staging image, not from a parameters file: slipway nfs golden STAGING NAME, then slipway nfs add.'
        : near
          ? `Did you mean ${near}?`
          : 'Choose one of them.';
    throw fail(
      'unknown-class',
      { name: JSON.stringify(text.slice(0, 80)), hint },
      { where: this.#places['image_class'] },
    );
  }

  #unknown(key: string, where: Place, kind: string, known: readonly string[]): void {
    const near = closest(key, known);
    const hint = near ? `Did you mean ${near}?` : 'Remove it.';
    if (near) this.#mistyped.add(near);
    this.#errors.push(
      fail(
        'unknown-key',
        { key: JSON.stringify(key.slice(0, 80)), kind, known: known.join(', '), hint },
        { where },
      ),
    );
  }

  #text(key: string, wanted = 'a text', example = `${key}: value`): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (value.kind === 'text') return value.text ?? undefined;
    this.#form(key, wanted, example);
    return undefined;
  }

  #form(key: string, wanted: string, example: string): void {
    this.#errors.push(fail('form', { key, wanted, example }, { where: this.#places[key] }));
  }

  #checked<T>(key: string, check: (text: string) => T): T | undefined {
    const text = key === 'name' && !this.#values.has(key) ? '' : this.#text(key);
    return text === undefined ? undefined : this.#attempt(key, () => check(text));
  }

  #attempt<T>(key: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const where = this.#places[key];
      this.#errors.push(...[error, ...error.also].map((one) => reworded(one, { where, also: [] })));
      return undefined;
    }
  }

  #password(): Written['password'] {
    const text = this.#checked('password', checkPassword);
    return text === undefined ? undefined : { text, hash: isHash(text) };
  }

  /** YAML 1.1, which disklessset reads, knows these words; and it saves `True` and `False`. */
  #boolean(key: string): boolean | undefined {
    const text = this.#text(key, 'True or False', `${key}: True`);
    if (text === undefined) return undefined;
    if (/^(true|yes|on|y)$/i.test(text)) return true;
    if (!/^(false|no|off|n)$/i.test(text)) this.#form(key, 'True or False', `${key}: False`);
    return false;
  }

  #type(): LivenetType | undefined {
    const text = this.#text('livenet_type')
      ?.replace(/^Type\./, '')
      .toUpperCase();
    if (text === undefined) return undefined;
    if (text === 'STANDARD' || text === 'SMALL' || text === 'CORE') return text;
    this.#form('livenet_type', 'Type.STANDARD, Type.SMALL or Type.CORE', 'livenet_type: Type.CORE');
    return undefined;
  }

  #list(key: string): string[] {
    const value = this.#values.get(key);
    if (value === undefined) return [];
    const items = value.kind === 'list' ? value.items : undefined;
    const texts = items?.flatMap((one) => (one.kind === 'text' && one.text !== null ? [one.text] : []));
    if (!items || !texts || texts.length !== items.length) {
      this.#form(key, 'a list of names', `${key}: ['gzip']`);
      return [];
    }
    return this.#attempt(key, () => checkPackages(texts)) ?? [];
  }

  #at({ line, column }: { line: number; column: number }): Place {
    return { file: this.#file, line, column };
  }
}
