/** From the text of a parameters file, or of a saved image_data.yml, to what it says. */
import { isHash } from '../build/password.ts';
import { closest } from '../system/closest.ts';
import { throwAll, type Place } from '../system/errors.ts';
import { readYamlTree } from '../system/yaml-tree.ts';
import { checkKernelName, checkName, checkPassword, checkRelease, checkSize } from './check.ts';
import { fail } from './errors.ts';
import { CLASSES, SAVED, type ImageClass, type Written } from './form.ts';
import type { LivenetType } from './model.ts';
import { Values } from './values.ts';
import { shownSafely } from './veil.ts';

/**
 * @param saved it is an image_data.yml: golden images are known, strange keys are among the ignored
 * @throws SlipwayError `yaml/syntax`, `parameters/…` with places; all mistakes together
 */
export function readParameters(text: string, file: string, { saved = false } = {}): Written {
  return shownSafely(text, file, () => new Reader(text, file, saved).read());
}

class Reader {
  readonly #saved: boolean;
  readonly #values: Values;
  readonly #mistyped = new Set<string>();

  constructor(text: string, file: string, saved: boolean) {
    this.#saved = saved;
    const tree = readYamlTree(text, file);
    const data = tree.kind === 'map' ? tree.entries.get('image_data')?.value : undefined;
    const { line, column } = tree;
    if (tree.kind !== 'map' || data?.kind !== 'map')
      throw fail('no-class', {}, { where: { file, line, column } });
    this.#values = new Values(file, data);
    for (const [key, { at }] of tree.entries)
      if (key !== 'image_data') this.#unknown(key, this.#values.at(at), 'parameters file', ['image_data']);
  }

  read(): Written {
    const values = this.#values;
    const imageClass = this.#class();
    const { needs, may } = CLASSES[imageClass];
    const known = ['name', 'image_class', ...needs, ...may];
    const ignored: string[] = [];
    for (const [key, where] of values.keys)
      if (known.includes(key)) continue;
      else if (SAVED.includes(key) || this.#saved) ignored.push(key);
      else this.#unknown(key, where, imageClass, known);
    for (const key of needs)
      // What was mistyped is told already.
      if (!values.has(key) && key !== 'my_message' && !this.#mistyped.has(key))
        values.errors.push(
          fail(
            'missing',
            { key, kind: imageClass },
            { where: values.keys.get(key) ?? values.places['image_data'] },
          ),
        );
    const written: Written = {
      imageClass,
      name: (this.#saved ? values.text('name') : values.checked('name', checkName)) ?? '',
      password: this.#password(),
      kernel: values.checked('kernel', checkKernelName),
      additionalPackages: values.list('additional_packages'),
      releaseVersion: values.checked('release_version', checkRelease),
      type: this.#type(),
      size: values.checked('livenet_size', checkSize),
      sshKey: values.text('ssh_pub_key'),
      selinux: values.boolean('selinux'),
      optimize: values.boolean('optimize'),
      message: values.text('my_message') ?? (imageClass === 'DemoImage' ? '' : undefined),
      nodes: this.#saved ? values.text('nodes') : undefined,
      mounted: this.#saved ? values.boolean('is_mounted') : undefined,
      ignored,
      places: values.places,
    };
    throwAll(values.errors.toSorted((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)));
    return written;
  }

  #class(): ImageClass {
    const name = this.#values.get('image_class');
    if (name?.kind !== 'text' || !this.#values.keys.has('name'))
      throw fail('no-class', {}, { where: this.#values.places['image_data'] });
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
      { where: this.#values.places['image_class'] },
    );
  }

  #unknown(key: string, where: Place, kind: string, known: readonly string[]): void {
    const near = closest(key, known);
    const hint = near ? `Did you mean ${near}?` : 'Remove it.';
    if (near) this.#mistyped.add(near);
    this.#values.errors.push(
      fail(
        'unknown-key',
        { key: JSON.stringify(key.slice(0, 80)), kind, known: known.join(', '), hint },
        { where },
      ),
    );
  }

  #password(): Written['password'] {
    const text = this.#values.checked('password', checkPassword);
    return text === undefined ? undefined : { text, hash: isHash(text) };
  }

  #type(): LivenetType | undefined {
    const text = this.#values
      .text('livenet_type')
      ?.replace(/^Type\./, '')
      .toUpperCase();
    if (text === undefined) return undefined;
    if (text === 'STANDARD' || text === 'SMALL' || text === 'CORE') return text;
    this.#values.form('livenet_type', 'Type.STANDARD, Type.SMALL or Type.CORE', 'livenet_type: Type.CORE');
    return undefined;
  }
}
