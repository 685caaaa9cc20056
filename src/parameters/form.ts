/** What a parameters file, or a saved image_data.yml, can say. */
import type { Place } from '../system/errors.ts';
import type { LivenetType } from './model.ts';

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

/** Keys of each class. */
export const CLASSES = {
  LivenetImage: {
    needs: ['password', 'kernel', 'livenet_type', 'livenet_size', 'selinux', 'optimize'],
    may: ['ssh_pub_key', 'additional_packages', 'release_version'],
  },
  NfsStagingImage: { needs: ['password', 'kernel'], may: ['additional_packages', 'release_version'] },
  NfsGoldenImage: { needs: ['password', 'kernel'], may: ['additional_packages', 'release_version'] },
  DemoImage: { needs: ['my_message'], may: [] },
} as const satisfies Record<ImageClass, { needs: readonly string[]; may: readonly string[] }>;

/** What disklessset adds when it saves an image. */
export const SAVED = [
  'IMAGE_DIRECTORY', 'WORKING_DIRECTORY', 'MOUNT_DIRECTORY', 'NFS_DIRECTORY', 'image', 'is_mounted', 'creation_date', 'nodes',
]; // prettier-ignore

/** Told apart from recipes by the first key. */
export function isParametersFile(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(#|---|$)/.test(line));
  return /^\s*["']?image_data["']?\s*:/.test(first ?? '');
}
