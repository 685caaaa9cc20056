#!/bin/sh
# slipway-trap - the boot failed: say what, why and what to do; report; then what
# the node's `trap` setting asks for. Standard output is the console.

# So that a-z in a pattern means just these
export LC_ALL=C
lib=/usr/lib/slipway
mkdir -p /run/slipway
for part in slipway-lib conf say report log; do
    # shellcheck source=/dev/null
    . "$lib/$part.sh"
done

sw_conf_load
if [ -s /run/slipway/trap ]; then
    { IFS= read -r code; message=$(cat); } </run/slipway/trap
else
    # Something else than our own script failed; its name is what we know.
    code=initramfs
    message="failed units: $(systemctl --failed --plain --no-legend 2>/dev/null | while read -r unit _; do printf '%s ' "$unit"; done)"
fi

case $code in
    nfs-unreachable) hint="does the NFS server run, and may this node reach its port 2049 (version 3: 111 and that of mountd, too)? then slipway-retry" ;;
    nfs-permission) hint="the server must export this path to this node's address, for mode nfs writable and with no_root_squash: 'slipway nfs exports'" ;;
    nfs-path) hint="'slipway nfs exports' shows what nodes may mount; after a restart of the server 'slipway nfs up' brings the trees back" ;;
    nfs-version) hint="have the server speak it, or set nfs.version in the server's config.yml" ;;
    nfs-mount) hint="look at what the NFS server says, and at nfs.options in the server's config.yml" ;;
    net-* | *-unreachable) hint="check the network and the server; then slipway-retry" ;;
    manifest-signature) hint="the server's key is not the one that this node was given: check trusted.pem" ;;
    memory) hint="more RAM or a smaller image; nothing was downloaded" ;;
    state-missing) hint="bring the place of the state back; or on the server: slipway node set NODE --state none" ;;
    tables) hint="mend rwtab, statetab or readonly-root in the image: 'slipway image check-readonly IMAGE' on the server" ;;
    files) hint="see 'slipway node files NODE' on the server" ;;
    conf-missing) hint="boot through the server's own iPXE script" ;;
    *-corrupt | manifest-invalid) hint="run 'slipway image verify' on the server" ;;
    *) hint="journalctl -b shows more" ;;
esac

bar="======================================================================"
nic=$(ip -4 -o address show scope global 2>/dev/null | while read -r _ dev _ address _; do printf '%s %s ' "$dev" "$address"; done)
[ -n "$sw_mac" ] || sw_mac=$(cat /sys/class/net/e*/address 2>/dev/null | tr '\n' ' ')
printf '\n%s\n  This node could not boot: %s\n\n' "$bar" "$code"
printf '%s\n' "$message" | fold -s -w 66 2>/dev/null | sed 's/^/  /'
printf '\n  What to do: %s\n  Node: %s  MAC: %s  Address: %s\n%s\n' \
    "$hint" "${sw_node:-unknown}" "${sw_mac:-none}" "${nic:-none}" "$bar"
sw_say "trap: $code $message"

if [ "$code" = initramfs ]; then sw_log_gather journal; else sw_log_gather; fi
for try in 1 2 3; do
    sw_post trap "$code $message" 5 && sw_log_post && break
    [ -n "$sw_report" ] && sleep $try
done

case $sw_trap in
    # Time to read it on a screen.
    poweroff | reboot | halt) sleep 5; exec systemctl --force --force "$sw_trap" ;;
esac

cat <<'EOF'

  A shell. Useful: ip address · cat /run/slipway/boot.log · journalctl -b
  slipway-retry (or leaving the shell) tries the boot again.

EOF
# busybox's shell edits lines and brings its own tools along
if command -v busybox >/dev/null; then
    mkdir -p /usr/lib/slipway/tools
    busybox --install -s /usr/lib/slipway/tools
    PATH=$PATH:/usr/lib/slipway/tools
    setsid -c busybox sh -i
else
    setsid -c sh -i
fi
exec slipway-retry
