/** What was found in the sources: drafts of nodes, groups and profiles; what was left behind; mistakes. */
import { isIPv4 } from 'node:net';
import { placeText, type Place, type SlipwayError } from '../../system/errors.ts';
import { MOST_ERRORS } from '../../system/yaml-source.ts';
import type { At } from '../../system/yaml-tree.ts';
import { NAME } from '../../system/names.ts';
import { Draft, type DraftKind } from './draft.ts';
import { fail } from './errors.ts';
import { nearestName, shown, splitHostName } from './words.ts';

/** A field without counterpart, and whose it was. */
interface Left {
  field: string;
  reason: string;
  drafts: Set<Draft>;
}

export class Harvest {
  readonly nodes = new Map<string, Draft>();
  readonly profiles = new Map<string, Draft>();
  readonly groups = new Map<string, Draft>();
  readonly left = new Map<string, Left>();
  readonly errors: SlipwayError[] = [];

  /** Nobody reads more: reading may end. */
  get full(): boolean {
    return this.errors.length >= MOST_ERRORS;
  }

  add(error: SlipwayError): void {
    if (!this.full) this.errors.push(error);
  }

  /** In the order of the files. Lines that may have a secret in them are not shown. */
  sorted(): SlipwayError[] {
    const files = [...new Set(this.errors.map(({ where }) => where?.file))];
    const order = ({ where }: SlipwayError) =>
      [files.indexOf(where?.file), where?.line ?? 0, where?.column ?? 0] as const;
    return this.errors.toSorted((a, b) => {
      const [one, other] = [order(a), order(b)];
      return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
    });
  }

  /** A line that the format does not have. */
  syntax(format: string, problem: string, where: Place): void {
    this.add(fail('syntax', { format, problem }, { where }));
  }

  /** @param whose whose it was; nothing: it belonged to no node */
  leave(field: string, whose?: Draft, reason = ''): void {
    const key = `${field}\0${reason}`;
    let left = this.left.get(key);
    if (!left) this.left.set(key, (left = { field, reason, drafts: new Set() }));
    if (whose) left.drafts.add(whose);
  }

  /**
   * The draft of a node. A second one of the same name is a mistake unless `merge`: then it is the same machine.
   * Nothing where the name is wrong, which is noted.
   */
  node(text: string, file: string, at: At, { merge = false } = {}): Draft | undefined {
    const where = { file, line: at.line, column: at.column };
    const { name, domain } = splitHostName(text);
    if (!NAME.test(name) || isIPv4(text)) {
      const problem = isIPv4(text) ? 'it is an address' : 'it has other characters or is too long';
      this.add(fail('name', { name: shown(text), kind: 'node', problem }, { where }));
      return undefined;
    }
    const there = this.nodes.get(name);
    if (!there) {
      const draft = this.#draft('node', name, text, where);
      if (domain !== undefined) draft.variable('domain', domain);
      return draft;
    }
    if (merge && there.source.toLowerCase() === text.toLowerCase()) return there;
    this.#twice(`The name ${name}`, text, there, where);
    return undefined;
  }

  /** The draft of a group or profile of this name, made where there is none yet. */
  preset(
    kind: 'group' | 'profile',
    text: string,
    file: string,
    at: At,
    { fresh = false } = {},
  ): Draft | undefined {
    const where = { file, line: at.line, column: at.column };
    const name = nearestName(text);
    if (name === undefined) {
      this.add(fail('name', { name: shown(text), kind, problem: 'it has no letters or digits' }, { where }));
      return undefined;
    }
    const there = this[`${kind}s`].get(name);
    if (there && (fresh || there.source.toLowerCase() !== text.toLowerCase())) {
      this.#twice(`The ${kind} ${name}`, text, there, where);
      return undefined;
    }
    const draft = there ?? this.#draft(kind, name, text, where);
    if (!there && name !== text.toLowerCase())
      this.leave(`name of ${kind} ${shown(text)}`, draft, `it is ${name} now`);
    return draft;
  }

  #draft(kind: DraftKind, name: string, source: string, place: Place): Draft {
    const draft = new Draft(this, kind, name, source, place);
    this[`${kind}s`].set(name, draft);
    return draft;
  }

  #twice(what: string, second: string, first: Draft, where: Place): void {
    const place = placeText(first.place);
    this.add(fail('twice', { what, second: shown(second), first: shown(first.source), place }, { where }));
  }
}
