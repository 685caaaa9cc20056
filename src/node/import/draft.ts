/** What a source says of a node, group or profile, on its way to a document of the registry. */
import { isIP, isIPv4 } from 'node:net';
import { checkKernelArgument } from '../../boot/kernel-arguments.ts';
import { parseReference } from '../../image/reference.ts';
import { SlipwayError, type Place } from '../../system/errors.ts';
import type { At } from '../../system/yaml-tree.ts';
import { normalizeMac } from '../mac.ts';
import type { Interface } from '../interface-schema.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from '../schema.ts';
import { fail } from './errors.ts';
import type { Harvest } from './harvest.ts';
import { architectureOf, isSecret, nearestName, shown, splitKernelArguments, variableName } from './words.ts';

export type DraftKind = 'node' | 'profile' | 'group';
type AnyDocument = NodeDocument & GroupDocument & ProfileDocument;

export class Draft {
  readonly kind: DraftKind;
  /** In the registry. */
  readonly name: string;
  /** In the source. */
  readonly source: string;
  readonly place: Place;
  document: AnyDocument = {};
  /** Where values stand, by their path in the document. */
  readonly at = new Map<string, Place>();
  readonly #harvest: Harvest;

  constructor(harvest: Harvest, kind: DraftKind, name: string, source: string, place: Place) {
    this.#harvest = harvest;
    this.kind = kind;
    this.name = name;
    this.source = source;
    this.place = place;
  }

  /** Notes what has no counterpart. */
  leave(field: string, reason?: string): void {
    this.#harvest.leave(field, this, reason);
  }

  wrong(field: string, problem: string, at: At): void {
    const where = this.#placed(at);
    this.#harvest.add(fail('value', { name: shown(this.source), field, problem }, { where }));
  }

  #placed({ line, column }: At): Place {
    return { file: this.place.file, line, column };
  }

  /** @param card name of the interface it belongs to; without it, it is one that the node boots from */
  mac(text: string, at: At, field: string, card?: string): void {
    if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){7,19}$/i.test(text))
      return this.leave(field, 'it is of InfiniBand, not of Ethernet');
    let mac: string;
    try {
      mac = normalizeMac(text);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      return this.wrong(field, `${error.message}: ${error.why}`, at);
    }
    if (card !== undefined) {
      this.interface(card).mac = mac;
      this.at.set(`interfaces.${card}.mac`, this.#placed(at));
      return;
    }
    const macs = (this.document.macs ??= []);
    if (macs.includes(mac)) return;
    this.at.set(`macs.${macs.length}`, this.#placed(at));
    macs.push(mac);
  }

  /** The address that full DHCP reserves. */
  address(text: string, at: At, field: string): void {
    if (!isIPv4(text)) {
      if (isIP(text)) this.leave(field, 'IPv6: full DHCP reserves IPv4 only');
      else this.wrong(field, `${shown(text)} is not an IP address`, at);
      return;
    }
    if (this.document.address !== undefined && this.document.address !== text)
      return this.leave(`further ${field}`, 'one address is reserved for a node');
    this.document.address = text;
    this.at.set('address', this.#placed(at));
  }

  /** The interface of this name, made where there is none. */
  interface(name: string): Interface {
    const all = (this.document.interfaces ??= {});
    if (!Object.hasOwn(all, name))
      Object.defineProperty(all, name, { value: {}, enumerable: true, configurable: true, writable: true });
    return all[name] ?? {};
  }

  /** Remembers where a value of an interface stands, for errors of the schema. */
  placed(path: string, at: At): void {
    this.at.set(path, this.#placed(at));
  }

  /** Kernel arguments in one line. */
  arguments(line: string): void {
    for (const argument of splitKernelArguments(line)) this.argument(argument);
  }

  /** @param negated takes away what a profile or group says */
  argument(argument: string, negated = false): void {
    const name = shown(argument.split('=', 1)[0] ?? '', 40);
    try {
      checkKernelArgument(argument);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const reason =
        error.code === 'boot/reserved-argument' ? 'only Slipway sets it' : 'no boot loader can write it';
      return this.leave(`kernel argument ${name}`, reason);
    }
    if (argument.startsWith('!')) return this.leave(`kernel argument ${name}`, 'it begins with !');
    const list = (this.document.arguments ??= []);
    const word = negated ? `!${argument}` : argument;
    if (!list.includes(word)) list.push(word);
  }

  image(text: string, field: string): void {
    const reference = text.toLowerCase();
    try {
      parseReference(reference);
      this.document.image = reference;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      this.leave(field, `${shown(text)} cannot be the name of an image`);
    }
  }

  architecture(text: string, field: string): void {
    const architecture = architectureOf(text);
    if (architecture) this.document.architecture = architecture;
    else this.leave(field, `${shown(text)} is no architecture that Slipway boots`);
  }

  tag(text: string, value: string): void {
    const key = nearestName(text);
    if (key === undefined) return this.leave(`tag ${shown(text)}`, 'it has no letters or digits');
    if (isSecret(text)) return this.leave(`tag ${shown(text)}`, 'by its name it is a secret');
    const tags = (this.document.tags ??= {});
    if (Object.hasOwn(tags, key) && tags[key] !== value)
      return this.leave(`tag ${shown(text)}`, `there is another ${key}`);
    if (key !== text) this.leave(`name of tag ${shown(text)}`, `it is ${key} now`);
    Object.defineProperty(tags, key, { value, enumerable: true, configurable: true, writable: true });
  }

  /** A value for templates, of JSON. */
  variable(text: string, value: unknown): void {
    const key = variableName(text);
    if (key === undefined) return this.leave(`variable ${shown(text)}`, 'it has no letters');
    if (isSecret(text)) return this.leave(`variable ${shown(text)}`, 'by its name it is a secret');
    const variables = (this.document.variables ??= {});
    if (Object.hasOwn(variables, key) && JSON.stringify(variables[key]) !== JSON.stringify(value))
      return this.leave(`variable ${shown(text)}`, `there is another ${key}`);
    variables[key] = value;
  }

  comment(text: string): void {
    if (this.kind === 'node') this.tag('comment', text);
    else this.document.description = text.slice(0, 300);
  }

  bmc(address: string | undefined, port?: string): void {
    const bmc = (this.document.bmc ??= {});
    if (address !== undefined) bmc.address = address;
    if (port !== undefined && /^\d{1,5}$/.test(port)) bmc.port = Number(port);
    else if (port !== undefined) this.leave('port of the management controller', 'it is no number');
  }

  /** Makes it a member of a group, which is made where the source has none. */
  group(text: string, at: At): void {
    if (this.kind !== 'node') return;
    if (nearestName(text) === undefined)
      return this.leave(`group ${shown(text)}`, 'it has no letters or digits');
    const group = this.#harvest.preset('group', text, this.place.file, at);
    if (!group) return;
    const groups = (this.document.groups ??= []);
    if (!groups.includes(group.name)) groups.push(group.name);
  }

  profile(text: string, at: At): void {
    const profile = this.#harvest.preset('profile', text, this.place.file, at);
    if (!profile) return;
    const profiles = (this.document.profiles ??= []);
    if (!profiles.includes(profile.name)) profiles.push(profile.name);
  }
}
