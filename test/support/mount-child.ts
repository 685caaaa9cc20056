/** A process that mounts or unmounts an image: mount-child.ts ROOT mount|umount|discard NAME. */
import { Catalog } from '../../src/image/catalog.ts';
import { mountImage } from '../../src/mounts/mount.ts';
import { umountImage } from '../../src/mounts/umount.ts';
import { loadInstallation } from '../../src/system/config.ts';

const [root = '', work = '', name = ''] = process.argv.slice(2);
const installation = loadInstallation(root);
const catalog = await Catalog.open(installation.paths);
const answer =
  work === 'mount'
    ? await mountImage(catalog, name, { who: 'test' })
    : await umountImage(installation, catalog, name, { discard: work === 'discard' });
process.stdout.write(`${JSON.stringify(answer)}\n`);
