# shellcheck shell=sh
# handover.sh - what the real root is to know about itself.
#
# The image is not ours to trust: names below it are looked at without following
# links, and a link in the place of a file we write is replaced by the file.

# Of slipway-boot.nmconnection
SW_NM_UUID=3f0a4a5c-8f0e-4e5b-9a3d-5c1197b00791

sw_put_failed() { # FILE
    [ "$sw_mode" != nfs ] || sw_fail nfs-permission "$sw_nfs_from: /etc/$1 could not be written: ${why##*: }"
    sw_fail files "/etc/$1 could not be written: ${why##*: }"
}

# sw_put FILE MODE LINE - below the new root's /etc
sw_put() {
    etc=$SW_NEWROOT/etc
    if [ -L "$etc" ] || [ ! -d "$etc" ]; then
        sw_say "the image's /etc is no directory; $1 not written"
        return
    fi
    ! sw_kept file "$2" 0 0 "$etc/$1" || [ "$(cat "$etc/$1")" != "$3" ] || return 0
    if [ -e "$etc/.slipway.$1" ] || [ -L "$etc/.slipway.$1" ]; then rm -rf "$etc/.slipway.$1"; fi
    # noclobber opens with O_EXCL, which follows no link either
    why=$( (umask "$(printf %o $((0777 & ~$2)))" && set -C && printf '%s\n' "$3" >"$etc/.slipway.$1" &&
        mv -fT "$etc/.slipway.$1" "$etc/$1") 2>&1) || sw_put_failed "$1"
    sw_wrote "/etc/$1"
}

sw_handover_identity() {
    [ -z "$sw_hostname" ] || sw_put hostname 0644 "$sw_hostname"
    [ -z "$sw_machine_id" ] || sw_put machine-id 0444 "$sw_machine_id"
    # A link (to systemd-resolved's file), and what others wrote, is the image's own decision.
    conf=$SW_NEWROOT/etc/resolv.conf by='# slipway: of the boot' first=''
    [ -L "$conf" ] || [ ! -f "$conf" ] || read -r first <"$conf" || :
    if [ -n "$sw_dns" ] && [ ! -L "$conf" ] && { [ ! -s "$conf" ] || [ "$first" = "$by" ]; }; then
        sw_put resolv.conf 0644 "$by
nameserver $sw_dns"
    fi
}

# What needs nothing of the new root, and so can be done while its layers come.
# networkd runs as a user of its own and must be able to read its file.
sw_handover_run() {
    mkdir -p /run/systemd/network /run/systemd/system/multi-user.target.wants \
        /run/NetworkManager/system-connections /run/NetworkManager/conf.d
    sw_handover_network
    sw_handover_units
}

# The address must stay as it is while the real root's network comes up; its
# manager then renews the lease that iPXE got, as the same DHCP client.
sw_handover_network() {
    case $sw_mode in nfs | readonly) sw_handover_network_nfs ;; *) sw_handover_network_ram ;; esac
    cat >/run/systemd/network/10-slipway-boot.network <<EOF
# The interface that this node booted from (slipway)
[Match]
MACAddress=$sw_mac
Type=ether

[Network]
DHCP=yes
KeepConfiguration=yes
IgnoreCarrierLoss=yes

[DHCPv4]
ClientIdentifier=mac

[Link]
RequiredForOnline=yes
EOF
    (
        umask 077
        cat >/run/NetworkManager/system-connections/slipway-boot.nmconnection <<EOF
[connection]
id=slipway-boot
uuid=$SW_NM_UUID
type=ethernet
autoconnect-priority=100

[ethernet]
mac-address=$sw_mac

[ipv4]
method=auto
dhcp-client-id=mac
$sw_nm_ipv4

[ipv6]
method=auto
EOF
    )
}

# Else NetworkManager leaves an interface that has an address to whoever gave it, and
# no lease is renewed. It asks anew, which a root in RAM does not mind.
sw_handover_network_ram() {
    sw_nm_ipv4=may-fail=false
    cat >/run/NetworkManager/conf.d/slipway-boot.conf <<EOF
[device-slipway-boot]
match-device=mac:$sw_mac
keep-configuration=no
EOF
}

# Under a root on NFS the address may never go, not for a moment, whatever DHCP says or
# fails to say: whoever should bring it back could not be read any more.
sw_handover_network_nfs() {
    sw_nm_ipv4="address1=$sw_ip/$(sw_prefix "$sw_mask")${sw_gw:+,$sw_gw}
may-fail=true
dhcp-timeout=2147483647"
    # NetworkManager takes over what it is said to have set up itself. Its own form of
    # state, as its initrd leaves it: nm-initrd-generator(8), nm-config.c
    mkdir -p /run/NetworkManager/devices /run/systemd/system/networking.service.d
    read -r index <"/sys/class/net/$sw_nic/ifindex"
    cat >"/run/NetworkManager/devices/$index" <<EOF
[device]
managed=true
connection-uuid=$SW_NM_UUID
EOF
    cat >/run/NetworkManager/conf.d/slipway-boot.conf <<EOF
[main]
ignore-carrier+=mac:$sw_mac
EOF
    # ifupdown would take the interface down at shutdown, before the root.
    printf '[Service]\nExecStop=\n' >/run/systemd/system/networking.service.d/slipway.conf
}

# Units for the real root. /run wins over the image's /usr/lib, not over its
# /etc: an administrator can still replace or mask them.
sw_handover_units() {
    units=/run/systemd/system
    from=/usr/lib/slipway/node
    cp $from/slipway-ready.service $from/slipway-hostkeys.service $units/
    cp $from/slipway-ready.sh $from/slipway-hostkeys.sh "$SW_RUN/"
    ln -sf ../slipway-ready.service ../slipway-hostkeys.service $units/multi-user.target.wants/
    # RHEL's sshd would make an RSA key at each boot, another one each time.
    ln -sf /dev/null "$units/sshd-keygen@rsa.service"
    if [ -d "${SW_SELINUX:-/sys/fs/selinux}" ]; then
        mkdir -p $units/sysinit.target.wants
        cp $from/slipway-relabel.service $units/
        cp $from/slipway-relabel.sh "$SW_RUN/"
        ln -sf ../slipway-relabel.service $units/sysinit.target.wants/
        printf '/\0' >>"$SW_RUN/relabel"
    fi
    if [ -d "$SW_ETC/checks" ]; then
        cp -r "$SW_ETC/checks" "$SW_RUN/checks"
        chmod -R go= "$SW_RUN/checks"
    fi
    (
        umask 077
        printf 'session %s\nreport %s\nnode %s\n' "$sw_session" "$sw_report" "$sw_node" >"$SW_RUN/agent.conf"
        printf 'Authorization: Bearer %s\n' "$sw_token" >"$SW_RUN/token"
    )
}

# The timer that asks for changed files, where this node has files that may change.
sw_handover_refresh() {
    [ -n "$sw_refresh" ] || return 0
    units=/run/systemd/system
    mkdir -p $units/timers.target.wants
    cp /usr/lib/slipway/node/slipway-refresh.service $units/
    cp /usr/lib/slipway/node/slipway-refresh.sh "$SW_RUN/"
    # Spread by a fifth to both sides, so that nodes that booted together part.
    cat >$units/slipway-refresh.timer <<EOF
[Unit]
Description=Slipway: ask for changed files every $sw_refresh s or so

[Timer]
OnActiveSec=$((sw_refresh * 4 / 5))
OnUnitInactiveSec=$((sw_refresh * 4 / 5))
RandomizedDelaySec=$((sw_refresh * 2 / 5))
AccuracySec=1
EOF
    ln -sf ../slipway-refresh.timer $units/timers.target.wants/
}
