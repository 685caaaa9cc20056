#!/bin/sh
# slipway-ready - in the real root: run the boot test's checks, then report that
# the node is ready. Needs sh and coreutils; curl, or else bash for plain http.

run=/run/slipway
session='' report=''
while read -r key value; do
    case $key in session) session=$value ;; report) report=$value ;; esac
done <"$run/agent.conf"

say() { echo "slipway: $*" >/dev/console; }
uptime() { read -r up _ </proc/uptime && echo "$up"; }
encode() { od -An -v -tx1 | tr -d '\n' | tr ' ' '%'; }

# The request is written by hand, so that it needs no program with the token
# among its arguments. Success: the status is 2xx.
post_bash() { # HOST PORT PATH TYPE <body
    LC_ALL=C # the length is in bytes
    body=$(cat)
    # shellcheck disable=SC2016 # for bash to expand
    {
        printf 'POST %s HTTP/1.0\r\nHost: %s\r\n' "$3" "$1:$2"
        printf '%s\r\n' "$(cat "$run/token")"
        printf 'Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s' "$4" "${#body}" "$body"
    } | timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1" && cat >&3 && read -r _ code _ <&3 && [[ $code == 2* ]]' "$1" "$2"
}

send() { # URL TYPE <body
    if command -v curl >/dev/null; then
        curl --silent --fail --output /dev/null --connect-timeout 5 --max-time 10 \
            --header @"$run/token" --header "Content-Type: $2" --data-binary @- "$1"
        return
    fi
    rest=${1#http://}
    [ "$rest" != "$1" ] || { say "cannot report to $1 without curl"; return 1; }
    host=${rest%%/*} path=/${rest#*/} port=80
    case $host in *:*) port=${host##*:} host=${host%:*} ;; esac
    post_bash "$host" "$port" "$path" "$2" 2>/dev/null
}

post() { # STAGE DETAIL TRIES [UPTIME]
    [ -n "$report" ] || return 0
    for try in $(seq "$3"); do
        body="session=$session&stage=$1&uptime=${4:-$(uptime)}&detail=$(printf %.4000s "$2" | encode)"
        printf %s "$body" | send "$report" application/x-www-form-urlencoded && return
        [ "$try" -eq "$3" ] || sleep "$try"
    done
    return 1
}

# When targets were reached, in seconds since the kernel started.
reached() {
    systemctl show --property=Id --property=ActiveEnterTimestampMonotonic \
        basic.target network.target network-online.target multi-user.target 2>/dev/null |
        while IFS='=' read -r key value; do
            case $key in
                Id) unit=${value%.target} ;;
                Active*) [ "${value:-0}" -eq 0 ] || printf '%s %d.%d s, ' "$unit" $((value / 1000000)) $((value / 100000 % 10)) ;;
            esac
        done
}

# What the recorder of the server wants to know besides; nobody waits for it.
tell() {
    [ -n "$report" ] || return 0
    times=$(reached)
    post services "${times%, }" 2 "$began"
    { dmesg || journalctl --dmesg --output short-monotonic --no-pager; } 2>/dev/null | tail -c 60000 |
        send "${report%/report}/log?session=$session&source=dmesg" text/plain
    tail -c 60000 "$run/boot.log" | send "${report%/report}/log?session=$session&source=boot.log" text/plain
}

read -r began _ </proc/uptime
# multi-user.target is reached; what still starts beside it may finish, within
# reason. Our own job is done (Type=exec), so it is not among those counted.
for _ in $(seq 60); do
    [ -n "$(systemctl list-jobs --no-legend 2>/dev/null)" ] || break
    sleep 0.5
done

# A node with checks is tested: it may take its time.
[ ! -d "$run/checks" ] || tell
for check in "$run"/checks/*; do
    [ -f "$check" ] || continue
    name=${check##*/}
    output=$(cd / && timeout 600 sh "$check" 2>&1 </dev/null)
    code=$?
    say "check $name exit $code"
    # The end of the output says most; tail also bounds what a check can send.
    post check "$code $(printf '%s' "$output" | tail -c 3500)" 3
done

failed=$(systemctl --failed --plain --no-legend 2>/dev/null | while read -r unit _; do printf '%s ' "$unit"; done)
post ready "${failed% }" 8 || say "the server did not take the report"
[ -d "$run/checks" ] || tell
# The agent that refreshes files needs it as long as the node runs.
[ -f /run/systemd/system/slipway-refresh.timer ] || rm -f "$run/token"
rm -rf "$run/checks"
say "ready${failed:+ (failed: ${failed% })} after $(uptime) s"
