# shellcheck shell=sh
# slipway-lib.sh - checks and parsers for text that came from outside.
#
# Pure functions: no network, no mounts, no files but those named in arguments,
# so that they can be tested on any host with dash. Nothing here evaluates what
# it reads; a value is used only after it matched a pattern.

# A value may hold only the characters of a set, and must not be empty.
sw_only() { # SET VALUE
    case $2 in '' | *[!$1]*) return 1 ;; esac
}

sw_is_hex() { # LENGTH VALUE
    [ "${#2}" -eq "$1" ] && sw_only 0-9a-f "$2"
}

# At most 15 digits and no leading zero: safe in $(( )) (a 0 would mean octal).
sw_is_uint() {
    case $1 in 0) return 0 ;; 0*) return 1 ;; esac
    [ "${#1}" -le 15 ] && sw_only 0-9 "$1"
}

sw_is_mac() {
    case $1 in
        [0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]) ;;
        *) return 1 ;;
    esac
}

sw_is_ipv4() {
    case $1 in '' | *[!0-9.]* | *.) return 1 ;; esac
    (
        IFS=.
        # shellcheck disable=SC2086 # split at the dots; only digits can come
        set -- $1
        [ $# -eq 4 ] || exit 1
        for octet; do
            sw_is_uint "$octet" && [ "$octet" -le 255 ] || exit 1
        done
    )
}

# 255.255.252.0 -> 22; not a netmask: fails.
sw_prefix() {
    sw_is_ipv4 "$1" || return 1
    (
        IFS=.
        # shellcheck disable=SC2086
        set -- $1
        mask=$((($1 << 24) | ($2 << 16) | ($3 << 8) | $4))
        bits=0
        while [ $bits -lt 32 ] && [ $((mask >> (31 - bits) & 1)) -eq 1 ]; do
            bits=$((bits + 1))
        done
        # What is left after the ones must be all zeros.
        [ $((mask & ((1 << (32 - bits)) - 1))) -eq 0 ] || exit 1
        echo $bits
    )
}

sw_is_name() {
    [ "${#1}" -le 63 ] && sw_only a-z0-9._- "$1" || return 1
    case $1 in [!a-z0-9]*) return 1 ;; esac
}

# A host name may have several labels, and capitals.
sw_is_hostname() {
    [ "${#1}" -le 253 ] && sw_only A-Za-z0-9.- "$1" || return 1
    case $1 in [!A-Za-z0-9]*) return 1 ;; esac
}

sw_is_token() {
    [ "${#1}" -le 256 ] && sw_only A-Za-z0-9_- "$1"
}

# http or https, a host, and a path of plain characters: nothing that a shell,
# curl's configuration or its globbing could take for syntax.
sw_is_url() {
    case $1 in http://[A-Za-z0-9]* | https://[A-Za-z0-9]*) ;; *) return 1 ;; esac
    [ "${#1}" -le 512 ] && sw_only 'A-Za-z0-9:/._~?=&%-' "$1"
}

sw_is_size() {
    case $1 in
        *%) sw_is_uint "${1%?}" && [ "${1%?}" -ge 1 ] && [ "${1%?}" -le 100 ] ;;
        *[MG]) sw_is_uint "${1%?}" && [ "${1%?}" -ge 1 ] && [ "${1%?}" -le 1048576 ] ;;
        *) return 1 ;;
    esac
}

# sw_size_mib SIZE TOTAL_MIB -> MiB
sw_size_mib() {
    case $1 in
        *%) echo $(($2 * ${1%?} / 100)) ;;
        *G) echo $((${1%?} * 1024)) ;;
        *M) echo "${1%?}" ;;
    esac
}

# sw_arg NAME TEXT -> the value of the last NAME=VALUE (or of a bare NAME: empty)
# among kernel arguments; fails if there is none.
sw_arg() {
    (
        set -f
        name=$1 found=1 value=
        # shellcheck disable=SC2086 # arguments are split at blanks, like the kernel does
        set -- $2
        for word; do
            case $word in
                "$name"=*) value=${word#*=} found=0 ;;
                "$name") value='' found=0 ;;
            esac
        done
        [ $found -eq 0 ] && printf '%s\n' "$value"
    )
}

# sw_manifest FILE IMAGE_HEX -> "TYPE HEX BYTES" a line, lowest layer first.
# On failure: one line that says why, exit 1.
sw_manifest() {
    n=0 layers=0 state=head out=''
    while IFS= read -r line || [ -n "$line" ]; do
        n=$((n + 1))
        [ $n -le 210 ] || { echo "more than 200 layers"; return 1; }
        [ "${#line}" -le 512 ] || { echo "line $n is too long"; return 1; }
        case $state:$line in
            head:'slipway-manifest 1') state=image ;;
            head:*) echo "line 1 is not 'slipway-manifest 1'"; return 1 ;;
            image:"image "*" sha256:$2") state=layers ;;
            image:*) echo "it is not of image sha256:$2"; return 1 ;;
            layers:'layer '*)
                # A here-document, not a pipe: the counters must survive.
                read -r _ type digest bytes rest <<EOF
$line
EOF
                case $type in squashfs | erofs) ;; *) echo "line $n: unknown layer type"; return 1 ;; esac
                if [ -n "$rest" ] || [ "$digest" = "${digest#sha256:}" ] ||
                    ! sw_is_hex 64 "${digest#sha256:}" || ! sw_is_uint "$bytes" || [ "$bytes" -eq 0 ]; then
                    echo "line $n is not a layer"
                    return 1
                fi
                layers=$((layers + 1))
                [ $layers -le 200 ] || { echo "more than 200 layers"; return 1; }
                out="$out$type ${digest#sha256:} $bytes
"
                ;;
            layers:end) state=end ;;
            *) echo "line $n is not understood"; return 1 ;;
        esac
    done <"$1"
    [ $state = end ] || { echo "its 'end' line is missing"; return 1; }
    [ $layers -gt 0 ] || { echo "it has no layers"; return 1; }
    printf '%s' "$out"
}

# sw_random BELOW -> 0 … BELOW-1
sw_random() {
    read -r uuid </proc/sys/kernel/random/uuid
    echo $((0x${uuid%%-*} % $1))
}

# sw_delay N -> milliseconds to wait after the Nth failure: 1 s doubled up to
# 32 s, and as much again by chance, so that a thousand nodes spread out.
sw_delay() {
    base=1 i=1
    while [ $i -lt "$1" ] && [ $base -lt 32 ]; do
        base=$((base * 2)) i=$((i + 1))
    done
    echo $((base * 500 + $(sw_random $((base * 1000)))))
}

# Milliseconds -> what sleep wants
sw_seconds() { printf '%d.%03d\n' $(($1 / 1000)) $(($1 % 1000)); }

# sw_progress DONE TOTAL BYTES_SINCE MILLISECONDS -> "42 % of 93 MiB, 11.2 MB/s"
sw_progress() {
    rate=$(($3 / ($4 > 0 ? $4 : 1))) # bytes a ms = kB a second
    printf '%d %% of %d MiB, %d.%d MB/s\n' $(($1 * 100 / $2)) $((($2 + 1048575) / 1048576)) \
        $((rate / 1000)) $((rate % 1000 / 100))
}
