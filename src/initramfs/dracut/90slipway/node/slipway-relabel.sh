#!/bin/sh
# slipway-relabel - in the real root, once: label what the initramfs wrote. It has no
# policy, and a tmpfs forgets what it is told before there is one. -F: the whole label.
run=/run/slipway
xargs -0 restorecon -F -i -- <$run/relabel && rm -f $run/relabel
