import { describe, expect, it } from 'vitest';
import { option, qemuArguments, type Machine } from './qemu.ts';

const machine: Machine = {
  program: '/usr/bin/qemu-system-x86_64',
  accelerator: { name: 'tcg', why: '' },
  memory: 768,
  cpus: 2,
  tap: 'tap0',
  mac: '52:54:00:51:1b:01',
  uuid: '5e1f0000-0000-4000-8000-000000000001',
  firmware: 'bios',
};

describe('qemuArguments', () => {
  it('makes a BIOS machine that boots from the network', () => {
    expect(qemuArguments(machine)).toEqual(
      [
        ['/usr/bin/qemu-system-x86_64'],
        ['-nodefaults', '-no-user-config', '-no-reboot'],
        ['-machine', 'q35,graphics=off', '-accel', 'tcg,thread=multi,tb-size=256'],
        ['-m', '768', '-smp', '2', '-uuid', machine.uuid],
        ['-display', 'none', '-monitor', 'none'],
        ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
        ['-netdev', 'tap,id=net0,ifname=tap0,script=no,downscript=no'],
        ['-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:51:1b:01,bootindex=0'],
        ['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
      ].flat(),
    );
  });

  it('gives UEFI its code read-only and its own variables', () => {
    const argv = qemuArguments({ ...machine, firmware: { code: '/fw/code.fd', vars: '/run/vars.fd' } });
    expect(argv).toContain('if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd');
    expect(argv).toContain('if=pflash,unit=1,format=raw,file=/run/vars.fd');
  });

  it('uses the CPU of the host under KVM', () => {
    const argv = qemuArguments({ ...machine, accelerator: { name: 'kvm', why: '' } });
    expect(argv.join(' ')).toContain('-accel kvm -cpu host');
    expect(argv.join(' ')).not.toContain('tcg');
  });

  it('gives it disks, and starts a kernel without firmware', () => {
    const argv = qemuArguments({
      ...machine,
      disks: [
        { file: '/a,b.img', format: 'raw', serial: 'one', readonly: true },
        { file: '/c.qcow2', format: 'qcow2', serial: 'two' },
      ],
      kernel: { file: '/vmlinuz', initramfs: '/initrd', arguments: 'console=ttyS0 quiet' },
    });
    expect(argv).toContain('if=none,id=one,format=raw,readonly=on,file=/a,,b.img');
    expect(argv).toContain('if=none,id=two,format=qcow2,cache=unsafe,file=/c.qcow2');
    expect(argv).toContain('virtio-blk-pci,drive=two,serial=two');
    expect(argv.join(' ')).toContain('-kernel /vmlinuz -initrd /initrd -append console=ttyS0 quiet');
  });

  it('takes the option ROM away for a plain PXE firmware', () => {
    expect(qemuArguments({ ...machine, plainPxe: true })).toContain(
      'virtio-net-pci,netdev=net0,mac=52:54:00:51:1b:01,bootindex=0,romfile=',
    );
  });
});

it('option doubles commas, so that a path cannot add an option', () => {
  expect(option('/a,b,readonly=off')).toBe('/a,,b,,readonly=off');
});
