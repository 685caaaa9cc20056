/** The answer to a node that asks what to boot: a script, always. */
import { randomBytes } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { FilesContext } from '../files/context.ts';
import { renderFiles } from '../files/render.ts';
import { fail } from '../node/errors.ts';
import { normalizeMac } from '../node/mac.ts';
import { nodeByMac, type Architecture, type Node } from '../node/node.ts';
import { resolve } from '../node/resolve.ts';
import type { Installation } from '../system/config.ts';
import { placeText, SlipwayError } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import type { Images } from './images.ts';
import type { BootObserver } from './observer.ts';
import { bootArguments, bootContext, ipv4Host, makePlan, planScript } from './plan.ts';
import { localScript, waitScript } from './scripts.ts';
import { openSession } from './open-session.ts';
import { otherTarget } from './target.ts';
import { unknownMachine } from './unknown.ts';

export interface BootServer {
  db: Db;
  images: Pick<Images, 'resolve'>;
  installation: Installation;
  sink: Sink;
  observer: BootObserver;
  files: FilesContext;
}

/** What iPXE says of its machine. Hostile. */
export interface Asking {
  mac: string;
  /** `${buildarch}` of iPXE. */
  arch?: string;
  /** `${uuid}` of iPXE: the firmware's. */
  uuid?: string;
  /** Address it asks from. */
  client: string;
  /** Base URL by which it reached us. */
  server: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** iPXE for BIOS is a 32-bit program that starts 64-bit kernels. */
const ARCHITECTURES = new Map<string, Architecture>([
  ['i386', 'amd64'],
  ['x86_64', 'amd64'],
  ['arm64', 'arm64'],
]);

/** A machine that is not in the registry has no groups and profiles. */
const NO_PRESETS = { groups: new Map<string, never>(), profiles: new Map<string, never>() };

/** Makes the script for whoever asks. @throws SlipwayError `node/bad-mac` */
export async function answer(server: BootServer, asking: Asking): Promise<string> {
  const { db, sink, installation, observer } = server;
  const mac = normalizeMac(asking.mac);
  const architecture = ARCHITECTURES.get(asking.arch ?? '');
  const known = await nodeByMac(db, mac);
  let who: Omit<Node, 'macs' | 'address' | 'origin' | 'created' | 'updated' | 'id'> & { id?: string };
  if (known) who = known;
  else {
    const unknown = await unknownMachine(db, mac, architecture ?? 'amd64', installation.config);
    tell(sink, 'why' in unknown ? unknown.why : `${mac} gets ${unknown.image}`, {
      mac,
      client: asking.client,
    });
    if ('why' in unknown) return localScript(unknown.why);
    const document = { image: unknown.image, architecture: architecture ?? ('amd64' as const) };
    who = { name: unknown.name, ...resolve(document, NO_PRESETS) };
  }
  try {
    if (who.boot !== undefined && who.boot !== 'image') {
      const { script, why } = await otherTarget(server, who, who.boot, asking.server);
      observer.refused(mac, why);
      return script;
    }
    if (who.image === undefined) {
      observer.refused(mac, 'it has no image');
      return localScript(`node ${who.name} has no image`);
    }
    if (architecture && architecture !== who.architecture)
      throw fail('architecture', {
        image: `node ${who.name}`,
        image_architecture: who.architecture,
        node: 'this machine',
        architecture,
      });
    const planning = { ...server, client: asking.client };
    const host = ipv4Host(asking.server);
    const plan = { ...(await makePlan(planning, who, who.image, who.mode)), host };
    if (!plan.mode.bootable) {
      observer.refused(mac, `mode ${plan.mode.name} boots nothing: ${plan.mode.description}`);
      return localScript(`${who.name} has mode ${plan.mode.name}: ${plan.mode.description}`);
    }
    // A mistake in them shows now, while the node can still be told; what it gets is fixed with the node initrd.
    const { image: pinned } = plan;
    await renderFiles(server.files, who, { image: async () => pinned, bootMac: mac, hostKeys: false });
    const id = randomBytes(16).toString('hex');
    const boot = plan.mode.boot(bootContext(installation, plan));
    const text = planScript(installation, plan, asking.server, id);
    const session = await openSession(db, {
      id,
      node: plan.node,
      mac,
      client: asking.client,
      image: plan.image,
      pinned: [boot.kernel, boot.initramfs, ...boot.fetched].flatMap((part) => part?.digest ?? []),
      mode: plan.mode.name,
      given: { arguments: bootArguments(installation, plan), own: plan.own, host },
      uuid: UUID.test(asking.uuid ?? '') ? asking.uuid?.toLowerCase() : undefined,
      before: observer.before(mac),
    });
    observer.opened(session, boot);
    const image = `${plan.image.generation.name}:${plan.image.generation.generation}`;
    tell(sink, `${who.name} boots ${image}`, {
      node: who.name,
      mac,
      session: id,
      stage: 'ipxe',
      image,
      mode: plan.mode.name,
    });
    return text;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { where, todo } = error;
    const why = where ? `${placeText(where)}: ${error.message}` : error.message;
    sink({ event: 'notice', level: 'warning', message: `${who.name} cannot boot: ${why}` });
    observer.refused(mac, why);
    return waitScript(asking.server, `${who.name} cannot boot: ${why}`, todo);
  }
}

function tell(sink: Sink, message: string, fields: Record<string, string>): void {
  sink({ event: 'serve', kind: 'boot', message, fields });
}
