#!/bin/sh
# slipway-retry - leave the trap: what dracut has set up cannot be undone, so from the firmware on
exec systemctl --force reboot
