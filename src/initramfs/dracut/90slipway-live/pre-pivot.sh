#!/bin/sh
# Sourced by dracut, so it must not exit.
NEWROOT=$NEWROOT /usr/lib/slipway/slipway-handover.sh
