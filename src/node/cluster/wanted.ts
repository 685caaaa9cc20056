/**
 * What cluster files want, put together: later entries for the same thing come on top
 * of earlier ones.
 */
import { SlipwayError, reworded, throwAll, type Place } from '../../system/errors.ts';
import { checkName, NAME } from '../../system/names.ts';
import { placeOf, type SourceDocument } from '../../system/yaml.ts';
import { checkDocument } from '../check.ts';
import { expandNames } from '../expand.ts';
import { patternsIn, spread } from '../patterns.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from '../schema.ts';
import { keepFiles, type Contents } from './content.ts';
import { fail } from './errors.ts';
import type { Loaded } from './load.ts';
import { onTop } from './on-top.ts';
import type { WrittenFile } from './schema.ts';

/** Nodes named in all entries together: a bound for work and memory. */
const MOST_NAMED = 500_000;

/** Where something is said. */
export interface Origin {
  source: SourceDocument;
  path: readonly [section: string, key: string];
}

export interface Item<D> {
  document: D;
  /** The last entry that names it. */
  origin: Origin;
}

export interface Wanted {
  profiles: Map<string, Item<ProfileDocument>>;
  groups: Map<string, Item<GroupDocument>>;
  nodes: Map<string, Item<NodeDocument>>;
  /** Members of the groups that list them. */
  members: Map<string, { names: Set<string>; origin: Origin }>;
  contents: Contents;
  /** Files, as they were given. */
  files: string[];
}

/** @throws SlipwayError `cluster/…`, `nodeset/…`, `name/invalid`, `node/pattern`, `node/one-only`: all together, with their places */
export async function wantedOf(loaded: readonly Loaded[]): Promise<Wanted> {
  const wanted: Wanted = {
    profiles: new Map(),
    groups: new Map(),
    nodes: new Map(),
    members: new Map(),
    contents: new Map(),
    files: loaded.map(({ source }) => source.file),
  };
  const errors: SlipwayError[] = [];
  const budget = { names: MOST_NAMED };
  for (const one of loaded) await new Reader(one, wanted, errors, budget).read();
  throwAll(errors.slice(0, 100));
  return wanted;
}

type Written<D> = Omit<D, 'files'> & { files?: Record<string, WrittenFile | null> };

class Reader {
  readonly #loaded: Loaded;
  readonly #wanted: Wanted;
  readonly #errors: SlipwayError[];
  readonly #budget: { names: number };

  constructor(loaded: Loaded, wanted: Wanted, errors: SlipwayError[], budget: { names: number }) {
    this.#budget = budget;
    this.#loaded = loaded;
    this.#wanted = wanted;
    this.#errors = errors;
  }

  async read(): Promise<void> {
    const { source, content } = this.#loaded;
    for (const [name, written] of Object.entries(content.profiles ?? {})) {
      const origin: Origin = { source, path: ['profiles', name] };
      await this.#try(origin, async () => {
        checkName('Profile', name);
        add(this.#wanted.profiles, name, await this.#kept<ProfileDocument>(written ?? {}, origin), origin);
      });
    }
    for (const [name, written] of Object.entries(content.groups ?? {})) {
      const origin: Origin = { source, path: ['groups', name] };
      await this.#try(origin, async () => {
        checkName('Group', name);
        const { members, ...settings } = written ?? {};
        add(this.#wanted.groups, name, await this.#kept<GroupDocument>(settings, origin), origin);
        if (members !== undefined) this.#members(name, members, origin);
      });
    }
    for (const [set, written] of Object.entries(content.nodes ?? {})) {
      const origin: Origin = { source, path: ['nodes', set] };
      await this.#try(origin, async () => {
        const document = await this.#kept<NodeDocument>(written ?? {}, origin);
        this.#nodes(NAME.test(set) ? [set] : expandNames(set), document, origin);
      });
    }
  }

  #members(group: string, expr: string, origin: Origin): void {
    const path = [...origin.path, 'members'];
    try {
      const names = expr.trim() === '' ? [] : expandNames(expr);
      this.#count(names.length);
      const found = this.#wanted.members.get(group)?.names ?? new Set();
      for (const name of names) found.add(checkName('Node', name));
      this.#wanted.members.set(group, { names: found, origin: { ...origin } });
    } catch (error) {
      this.#keep(error, placeOf(origin.source, path));
    }
  }

  #nodes(names: readonly string[], document: NodeDocument, origin: Origin): void {
    this.#count(names.length);
    const at = (path: readonly string[]) => placeOf(origin.source, [...origin.path, ...path]);
    const wrong = new Set<string>();
    const documents = spread(document, names.length, (error, path) => {
      wrong.add(path.join('.'));
      this.#keep(error, at(path));
    });
    const varying = [...patternsIn(document)];
    for (const [index, name] of names.entries()) {
      checkName('Node', name);
      const own = documents(index);
      if (varying.length > 0 && (index === 0 || own !== document)) this.#check(name, own, at, wrong);
      add(this.#wanted.nodes, name, own, origin);
    }
  }

  /** Values of patterns are checked here, each mistake once: the schema could not. */
  #check(
    name: string,
    document: NodeDocument,
    at: (path: readonly string[]) => Place,
    wrong: Set<string>,
  ): void {
    const { macs, address, interfaces, bmc } = document;
    try {
      checkDocument('node', name, { macs, address, interfaces, bmc });
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      for (const { path, value } of patternsIn(document)) {
        const key = path.join('.');
        if (wrong.has(key)) continue;
        const message = mistake(path, value);
        if (message === undefined) continue;
        wrong.add(key);
        this.#errors.push(
          fail(
            'value',
            { path: key, value: JSON.stringify(value.slice(0, 100)), message },
            { where: at(path) },
          ),
        );
      }
    }
  }

  async #kept<D>(written: Written<D>, origin: Origin): Promise<D> {
    const { files, ...rest } = written;
    if (!files) return rest as D;
    const path = [...origin.path, 'files'];
    return { ...rest, files: await keepFiles(files, origin.source, path, this.#wanted.contents) } as D;
  }

  #count(names: number): void {
    this.#budget.names -= names;
    if (this.#budget.names < 0)
      throw fail('too-many', { count: MOST_NAMED - this.#budget.names, limit: MOST_NAMED });
  }

  async #try(origin: Origin, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#keep(error, placeOf(origin.source, origin.path, true));
    }
  }

  #keep(error: unknown, where: Place): void {
    if (!(error instanceof SlipwayError)) throw error;
    // Places in node sets count within the expression: the file is what people look at.
    const own = error.where?.file === where.file ? error.where : where;
    this.#errors.push(reworded(error, { where: own }));
  }
}

/** What is wrong with one value of a pattern, if anything is. */
function mistake(path: readonly string[], value: string): string | undefined {
  const document = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const macs = path[0] === 'macs';
  try {
    checkDocument('node', 'n', macs ? { macs: [value] } : document);
    return undefined;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return error.code === 'node/bad-document' ? error.message.split(': ').slice(2).join(': ') : error.why;
  }
}

function add<D extends object>(map: Map<string, Item<D>>, name: string, document: D, origin: Origin): void {
  const before = map.get(name);
  map.set(name, { document: before ? onTop(before.document, document) : document, origin });
}
