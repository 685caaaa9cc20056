#!/bin/sh
# Ed25519 and ECDSA only, at the same time: every ssh since 2014 knows one of
# them, and an RSA key would take longer than all the rest of the boot.
for type in ed25519 ecdsa; do
    ssh-keygen -q -t $type -N '' -f /etc/ssh/ssh_host_${type}_key &
done
wait
# ssh-keygen's own domain may not be what made them. A root on NFS may have no labels.
[ ! -e /sys/fs/selinux/enforce ] || restorecon -F /etc/ssh/ssh_host_* || [ "$(stat -f -c %T /)" = nfs ]
