/** What a node boots that is no image: its disk, what its firmware has next, or the script of another tool. */
import { readFile } from 'node:fs/promises';
import type { Db } from '../db/database.ts';
import { SERVER } from '../node/entry.ts';
import { changeNodes } from '../node/registry.ts';
import type { Config } from '../system/config.ts';
import type { Effective } from '../node/resolve.ts';
import { fail } from './errors.ts';
import { localScript, nextScript, targetScript } from './scripts.ts';

type Who = Pick<Effective, 'ipxe' | 'profiles' | 'image'> & { id?: string; name: string };
type Target = Config['targets'][string];

/** What {@link targetOf} knows by itself. */
const OWN_TARGETS = ['image', 'disk', 'next'] as const;

/** A target of the configuration. @throws SlipwayError `boot/no-target` */
function targetOf(config: Config, name: string): Target {
  const target = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (target) return target;
  const known = [...OWN_TARGETS, ...Object.keys(config.targets)].join(', ');
  throw fail('no-target', { target: JSON.stringify(name), known });
}

/** @throws SlipwayError `boot/no-target` unless a node can boot it */
export function checkTarget(config: Config, name: string): void {
  if (!(OWN_TARGETS as readonly string[]).includes(name)) targetOf(config, name);
}

/** Puts the node and its last profile into a URL or path. Names need no escape: see system/names.ts. */
function filledIn(text: string, who: Pick<Who, 'name' | 'profiles'>): string {
  return text.replaceAll('{node}', who.name).replaceAll('{profile}', who.profiles.at(-1) ?? 'default');
}

/**
 * The script for a node whose `boot` is not `image`, and why it gets it. With `after` in the
 * target the node's own setting is changed before the script goes out: what fails after that is the
 * other tool's, and a node that asks again shall not be installed twice.
 * @throws SlipwayError `boot/no-target`, `boot/ipxe-word`
 */
export async function otherTarget(
  { db, installation }: { db: Db; installation: { config: Config } },
  who: Who,
  name: string,
  server: string,
): Promise<{ script: string; why: string }> {
  if (name === 'disk') return told(`${who.name} boots from its disk`, localScript);
  if (name === 'next') return told(`${who.name} boots what its firmware has next`, nextScript);
  const target = targetOf(installation.config, name);
  const url = filledIn(target.url, who);
  const variables = {
    'menu-default': `boot${name}`,
    hostname: who.name,
    'node-image': who.image ?? 'none',
    ...who.ipxe,
  };
  const script = targetScript(server, url, variables);
  if (target.after !== 'stay' && who.id !== undefined)
    await changeNodes(
      db,
      who.name,
      { set: { boot: target.after } },
      { actor: SERVER, summary: `${who.name} got ${name}, then ${target.after}` },
    );
  return { script, why: `its target ${name} is ${url}` };
}

/**
 * The kickstart file of a node: that of the target it boots, else of the first that has one.
 * @throws SlipwayError `boot/no-kickstart`
 */
export async function kickstartOf(
  config: Config,
  who: Pick<Who, 'name' | 'profiles'> & { boot?: string },
): Promise<{ file: string; text: string }> {
  const own = who.boot === undefined ? undefined : config.targets[who.boot]?.kickstart;
  const named = own ?? Object.values(config.targets).find((one) => one.kickstart !== undefined)?.kickstart;
  if (named === undefined)
    throw fail('no-kickstart', { node: who.name, reason: 'No target of the configuration names one.' });
  const file = filledIn(named, who);
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    throw fail('no-kickstart', { node: who.name, reason: (error as Error).message }, { cause: error });
  }
}

function told(why: string, script: (why: string) => string): { script: string; why: string } {
  return { script: script(why), why };
}
