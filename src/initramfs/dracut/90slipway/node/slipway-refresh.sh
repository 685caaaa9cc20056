#!/bin/sh
# slipway-refresh - in the real root, now and then: ask for the node files that may
# change while the node runs, and write those that did. docs/boot-protocol.md,
# section 11. Needs sh, coreutils, grep and sed; curl, or else bash for plain http.

export LC_ALL=C
run=/run/slipway work=/run/slipway/refresh
session='' report=''
while read -r key value; do
    case $key in session) session=$value ;; report) report=$value ;; esac
done <"$run/agent.conf"
[ -n "$report" ] && [ -s "$run/token" ] || exit 0
base=${report%/report}/files/$session
umask 077
mkdir -p $work

say() { echo "slipway: $*"; }
random() { read -r uuid </proc/sys/kernel/random/uuid && echo $((0x${uuid%%-*} % $1)); }
encode() { od -An -v -tx1 | tr -d '\n' | tr ' ' '%'; }

# One request, written by hand where there is no curl; the token is no argument of
# any program. Sets code; the headers are in $work/head.
request_bash() { # METHOD URL OUT <body
    rest=${2#http://}
    [ "$rest" != "$2" ] || { say "cannot ask $2 without curl" && return 1; }
    host=${rest%%/*} resource=/${rest#*/} port=80
    case $host in *:*) port=${host##*:} host=${host%:*} ;; esac
    body=$(cat)
    # shellcheck disable=SC2016 # for bash to expand
    {
        printf '%s %s HTTP/1.0\r\nHost: %s\r\n%s\r\n' "$1" "$resource" "$host:$port" "$(cat "$run/token")"
        [ -z "$etag" ] || printf 'If-None-Match: %s\r\n' "$etag"
        [ "$1" != POST ] || printf 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n' "${#body}"
        printf '\r\n%s' "$body"
    } | timeout 60 bash -c 'exec 3<>"/dev/tcp/$0/$1" && cat >&3 || exit
        while IFS= read -r line <&3 && line=${line%"$4"} && [ -n "$line" ]; do printf "%s\n" "$line"; done >"$2"
        cat <&3 >"$3"' "$host" "$port" $work/head "$3" "$(printf '\r')" 2>/dev/null
    read -r _ code _ <$work/head || code=000
}

request() { # METHOD URL OUT <body
    code=000
    : >$work/head
    if ! command -v curl >/dev/null; then
        request_bash "$@"
        return
    fi
    set -- "$@" --silent --globoff --connect-timeout 5 --max-time 60 --max-filesize 33554432 --header @"$run/token"
    [ -z "$etag" ] || set -- "$@" --header "If-None-Match: $etag"
    [ "$1" != POST ] || set -- "$@" --data @-
    url=$2 out=$3
    shift 3
    code=$(curl "$@" --dump-header $work/head --output "$out" --write-out '%{http_code}' "$url")
}

# A busy server says when to come again; a few times we wait for it.
get() { # URL OUT
    for _ in 1 2 3; do
        request GET "$1" "$2" </dev/null
        [ "$code" = 503 ] || break
        wait=$(sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([0-9]\{1,6\}\)[^0-9]*$/\1/p' $work/head | tail -n 1)
        if [ -z "$wait" ] || [ "$wait" -gt 300 ]; then break; fi
        sleep $((wait + $(random $((wait + 1)))))
    done
    [ "$code" = 200 ]
}

# Told once, to the journal and the server, until it is over or another one.
failed() {
    say "$*"
    [ "$*" != "$(cat $work/failed 2>/dev/null)" ] || return 0
    etag=''
    printf 'session=%s&stage=refresh&detail=%s' "$session" "$(printf %.4000s "$*" | encode)" |
        request POST "$report" /dev/null
    printf '%s\n' "$*" >$work/failed
}

sum_of() { # FILE
    sum=$(sha256sum <"$1") && echo "${sum%% *}"
}

# Whether PATH is already as the line says.
is_so() { # KIND MODE OWNER GROUP HEX PATH
    case $1 in
        absent) [ ! -e "$6" ] && [ ! -L "$6" ] ;;
        link) [ -L "$6" ] && [ "$(printf %s "$(readlink "$6")" | sha256sum)" = "$5  -" ] ;;
        file)
            [ -f "$6" ] && [ ! -L "$6" ] && [ "$(sum_of "$6")" = "$5" ] || return 1
            printf '%s\n' "$(stat -c '%a %U %u' "$6") $(stat -c '%G %g' "$6")" | {
                read -r mode user uid groupname gid
                [ "$((0$mode))" = "$((0$2))" ] && { [ "$user" = "$3" ] || [ "$uid" = "$3" ]; } &&
                    { [ "$groupname" = "$4" ] || [ "$gid" = "$4" ]; }
            }
            ;;
    esac
}

# Written beside it and renamed: whoever reads it sees the old or the new one.
put() { # KIND MODE OWNER GROUP HEX PATH
    if [ "$1" = absent ]; then
        rm -rf "$6"
        return
    fi
    if [ -d "$6" ] && [ ! -L "$6" ]; then return 1; fi
    dir=${6%/*}
    [ -d "$dir/" ] || (umask 022 && mkdir -p "$dir") || return 1
    etag=''
    get "$base/$5" $work/content && [ "$(sum_of $work/content)" = "$5" ] || return 1
    rm -rf "$dir/.slipway-new"
    if [ "$1" = link ]; then
        ln -s "$(cat $work/content)" "$dir/.slipway-new"
    else
        cat $work/content >"$dir/.slipway-new" && chown "$3:$4" "$dir/.slipway-new" &&
            chmod "$2" "$dir/.slipway-new"
    fi && mv -fT "$dir/.slipway-new" "$6" && label "$6"
}

# With SELinux, of it and of the directories on the way, which may be new. A root on NFS may have no labels.
label() { # PATH
    [ -e /sys/fs/selinux/enforce ] || return 0
    to=$1
    while [ -n "$to" ]; do
        printf '%s\0' "$to"
        to=${to%/*}
    done | xargs -0 restorecon -F -- || [ "$(stat -f -c %T /)" = nfs ]
}

# One line of the list; `changed` tells the run line behind it.
apply() { # LINE
    read -r kind mode owner group hex _ <<EOF
$1
EOF
    path=${1#* * * * * }
    changed=no
    [ ! -f $work/list ] || ! grep -qxF -e "$1" $work/list || return 0
    is_so "$kind" "$mode" "$owner" "$group" "$hex" "$path" && return
    if put "$kind" "$mode" "$owner" "$group" "$hex" "$path"; then
        changed=yes
        say "$path changed"
    else
        failures="$failures$path could not be changed (HTTP $code); "
    fi
}

etag=$(cat $work/etag 2>/dev/null)
if ! get "$base" $work/new; then
    case $code in
        304) exit 0 ;;
        # Another boot of this node, or another server: nothing will ever come from here.
        401 | 404 | 410)
            say "the server does not know this boot any more (HTTP $code): files stay as they are"
            systemctl stop slipway-refresh.timer 2>/dev/null
            rm -f "$run/token"
            exit 0
            ;;
        503 | 000) say "no answer (HTTP $code)"; exit 0 ;;
    esac
    failed "the list of files could not be fetched: HTTP $code"
    exit 1
fi
next=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *\("[0-9a-f:]*"\).*$/\1/p' $work/head)
if [ "$(sed -n 1p $work/new)" != 'slipway-files 1' ] || [ "$(tail -n 1 $work/new)" != end ]; then
    failed "the list of files is broken"
    exit 1
fi

failures='' changed=no
: >$work/commands
while IFS= read -r line; do
    case $line in
        'file '* | 'link '* | 'absent '*) apply "$line" ;;
        'run '*)
            # once, however many files want it
            [ $changed = no ] || grep -qxF -e "${line#run }" $work/commands ||
                printf '%s\n' "${line#run }" >>$work/commands
            ;;
    esac
done <$work/new

wrong=$failures
while IFS= read -r command; do
    timeout 600 sh -c "$command" </dev/null >$work/output 2>&1 ||
        failures="$failures'$command' failed: $(tail -c 1000 $work/output); "
done <$work/commands

# What could not be written is asked for again the next time; a command is not repeated.
if [ -z "$wrong" ]; then
    mv -f $work/new $work/list
    printf '%s\n' "$next" >$work/etag
fi
rm -f $work/new $work/content $work/output $work/commands
if [ -n "$failures" ]; then
    failed "$failures"
    exit 1
fi
rm -f $work/failed
