/**
 * Argument vectors for QEMU. Every machine is a q35 (the one that all
 * distributions build), with its console on standard output.
 * https://www.qemu.org/docs/master/system/invocation.html
 */

/** How guests run here; see `kvm-probe.ts`. */
export interface Accelerator {
  name: 'kvm' | 'tcg';
  /** Why this one, for the log. */
  why: string;
}

/**
 * Without a bound, the translation buffer takes 1.6 GiB of the host for a guest
 * of 1 GiB. KVM needs `-cpu host` where the default model has what the host lacks.
 */
export function acceleratorArguments(accelerator: Accelerator): string[] {
  return accelerator.name === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi,tb-size=256'];
}

/** A disk, virtio. */
export interface Disk {
  file: string;
  format: 'raw' | 'qcow2';
  /** The guest finds it as /dev/disk/by-id/virtio-SERIAL; at most 20 characters. */
  serial: string;
  readonly?: boolean;
}

export interface Machine {
  /** Absolute path of QEMU. */
  program: string;
  accelerator: Accelerator;
  /** MiB. */
  memory: number;
  /** Virtual CPUs. */
  cpus: number;
  /** Name of the tap interface, which must exist. */
  tap: string;
  mac: string;
  /** System UUID, as iPXE sends it. */
  uuid: string;
  /** `bios`: SeaBIOS. Else OVMF: `code` is shared and read-only, `vars` is this machine's copy. */
  firmware: 'bios' | { code: string; vars: string };
  /** Leaves out QEMU's own iPXE option ROM, so that a UEFI firmware's plain PXE loads iPXE by TFTP. */
  plainPxe?: boolean;
  /** Default: none, nodes are diskless. */
  disks?: readonly Disk[];
  /** Starts this instead of what the firmware finds. */
  kernel?: { file: string; initramfs: string; arguments: string };
  /** Path of a Unix socket to control it by, 107 bytes at most: qemu-qmp-ref(7). The network card is `net0`. */
  control?: string;
}

/** The argument vector of a machine that boots over the network and ends when its system reboots. */
export function qemuArguments(machine: Machine): string[] {
  const { firmware } = machine;
  return [
    [machine.program],
    ['-nodefaults', '-no-user-config', '-no-reboot'],
    ['-machine', 'q35,graphics=off', ...acceleratorArguments(machine.accelerator)],
    ['-m', String(machine.memory), '-smp', String(machine.cpus), '-uuid', machine.uuid],
    ['-display', 'none', '-monitor', 'none'],
    machine.control === undefined ? [] : ['-qmp', `unix:${option(machine.control)},server=on,wait=off`],
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...(firmware === 'bios'
      ? []
      : [
          ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${option(firmware.code)}`],
          ['-drive', `if=pflash,unit=1,format=raw,file=${option(firmware.vars)}`],
        ]),
    ['-netdev', `tap,id=net0,ifname=${option(machine.tap)},script=no,downscript=no`],
    [
      '-device',
      // A kernel that is given comes first by itself.
      `virtio-net-pci,netdev=net0,mac=${option(machine.mac)}${machine.kernel ? '' : ',bootindex=0'}${machine.plainPxe ? ',romfile=' : ''}`,
    ],
    ...(machine.disks ?? []).map((disk) => [
      '-drive',
      diskOption(disk),
      '-device',
      `virtio-blk-pci,drive=${option(disk.serial)},serial=${option(disk.serial)}`,
    ]),
    ...(machine.kernel
      ? [
          ['-kernel', machine.kernel.file, '-initrd', machine.kernel.initramfs],
          ['-append', machine.kernel.arguments],
        ]
      : []),
    ['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
  ].flat();
}

/** `cache=unsafe`: a test's disk need not survive the loss of power of this host. */
function diskOption({ file, format, serial, readonly }: Disk): string {
  const access = readonly ? 'readonly=on' : 'cache=unsafe';
  return `if=none,id=${option(serial)},format=${format},${access},file=${option(file)}`;
}

/** A value inside a comma-separated option: QEMU reads two commas as one. */
export function option(value: string): string {
  return value.replaceAll(',', ',,');
}
