/**
 * What `disklessset` asks for an image, by menu or by a parameters file. Both
 * fill the same object; recipe.ts makes a recipe of it.
 */

/** By the names of its parameters files: Type.STANDARD and so on. */
export type LivenetType = 'STANDARD' | 'SMALL' | 'CORE';

interface Common {
  /** Name of the image. */
  name: string;
  /** crypt(5) hash. The clear password is hashed where it is read and kept nowhere. */
  password: string;
  /** Kernel of the pool, such as `4.18.0-305.el8.x86_64`, without `vmlinuz-`. */
  kernel: string;
  additionalPackages: readonly string[];
  /** Release to install; default: that of this host. */
  releaseVersion?: string;
}

export interface LivenetParameters extends Common {
  kind: 'livenet';
  type: LivenetType;
  /** As `size` of a recipe: 1500M, 1.5G, auto. */
  size: string;
  /** Text of a public key. */
  sshKey?: string;
  selinux: boolean;
  optimize: boolean;
}

export interface StagingParameters extends Common {
  kind: 'nfs-staging';
}

export interface DemoParameters {
  kind: 'demo';
  name: string;
  message: string;
}

export type Parameters = LivenetParameters | StagingParameters | DemoParameters;
