# shellcheck shell=sh
# fetch.sh - files over HTTP from several servers, on a network that loses much.

# The server in turn. Each node begins with one by chance, stays with it as long
# as it serves, and goes round when it does not (sw_try counts).
sw_server() {
    # shellcheck disable=SC2086 # a list of URLs; URLs have no blanks
    set -- $sw_servers
    shift $((sw_try % $#))
    echo "$1"
}

# sw_curl URL OUT OFFSET LIMIT - one try. Sets sw_http (status) and sw_got (bytes),
# returns curl's exit code. A transfer below 1 kB/s for 20 s is given up.
sw_curl() {
    rm -f "$SW_RUN/head" "$SW_RUN/info"
    curl --silent --fail --globoff --proto '=http,https' --connect-timeout 10 \
        --speed-limit 1000 --speed-time 20 --max-filesize "$4" --continue-at "$3" \
        --dump-header "$SW_RUN/head" --write-out '%{http_code} %{size_download}' \
        --output "$2" "$1" >"$SW_RUN/info"
    rc=$?
    sw_http=000 sw_got=0
    read -r sw_http sw_got <"$SW_RUN/info" || :
    sw_got=${sw_got%%[!0-9]*}
    sw_is_uint "$sw_got" || sw_got=0
    return $rc
}

# What a failed try was, for people.
sw_curl_why() { # EXIT
    case $1 in
        6) echo "unknown host" ;;
        7) echo "connection refused" ;;
        18 | 56) echo "connection lost" ;;
        22) echo "HTTP $sw_http" ;;
        28) echo "timeout" ;;
        33) echo "server cannot resume" ;;
        63) echo "larger than expected" ;;
        *) echo "curl error $1" ;;
    esac
}

# Milliseconds that a busy server asked us to wait (503 with Retry-After in
# seconds, at most 5 minutes), with a little chance added; fails if it did not.
sw_retry_after() {
    [ "$sw_http" = 503 ] || return 1
    wait=$(sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([0-9]\{1,6\}\)[^0-9]*$/\1/p' "$SW_RUN/head" | tail -n 1)
    sw_is_uint "$wait" || return 1
    [ "$wait" -le 300 ] || wait=300
    echo $((wait * 1000 + $(sw_random 2000)))
}

# sw_pause N RC URL - after the Nth failure
sw_pause() {
    if ms=$(sw_retry_after); then :; else ms=$(sw_delay "$1"); fi
    sw_say "$3: $(sw_curl_why "$2"); trying again in $((ms / 1000)).$((ms % 1000 / 100)) s"
    sleep "$(sw_seconds "$ms")"
}

# sw_fetch_small PATH FILE - a small file, one try
sw_fetch_small() {
    sw_url=$(sw_server)$1
    sw_curl "$sw_url" "$2" 0 65536
}

sw_size() { stat -c %s "$1" 2>/dev/null || echo 0; }

# A line every two seconds while FILE grows; killed when it is complete.
sw_watch() { # FILE BYTES LABEL
    before=0
    while sleep 2; do
        now=$(sw_size "$1")
        sw_say "$3: $(sw_progress "$now" "$2" $((now - before)) 2000)"
        before=$now
    done
}

# sw_fetch_layer FILE HEX BYTES LABEL - fetched and verified, or the trap.
# A broken transfer goes on where it stopped, at the next server. Failures in a
# row count; a sixteenth of the file ends the row. Hashed when it is complete:
# hashing a pipe while it arrives was measured to take twice as long.
sw_fetch_layer() {
    fails=0 busy=0 wrong=0
    sw_watch "$1" "$3" "$4" &
    watch=$!
    while :; do
        url=$(sw_server)/blobs/sha256/$2
        sw_curl "$url" "$1" "$(sw_size "$1")" "$3"
        rc=$?
        size=$(sw_size "$1")
        if [ $rc -eq 0 ] || [ "$size" -ge "$3" ]; then
            sum=$(sha256sum <"$1")
            [ "${sum%% *}" != "$2" ] || [ "$size" -ne "$3" ] || break
            rm -f "$1"
            sw_try=$((sw_try + 1))
            wrong=$((wrong + 1))
            if [ $wrong -ge "$sw_attempts" ]; then
                kill $watch
                sw_fail layer-corrupt "$4 has wrong content: sha256:${sum%% *}, $size bytes, instead of sha256:$2, $3 bytes ($wrong times). Servers: $sw_servers"
            fi
            sw_say "$url: wrong content, thrown away"
            sleep "$(sw_seconds "$(sw_delay $wrong)")"
            continue
        fi
        sw_try=$((sw_try + 1))
        [ $rc -ne 33 ] || rm -f "$1" # the server cannot resume
        [ "$sw_got" -le $(($3 / 16)) ] || fails=0
        # A busy server is no failure, but not for ever.
        if sw_retry_after >/dev/null && [ $busy -lt 50 ]; then
            busy=$((busy + 1))
        else
            fails=$((fails + 1))
        fi
        if [ $fails -ge "$sw_attempts" ]; then
            kill $watch
            sw_fail layer-unreachable "$4 (sha256:$2) could not be downloaded: $fails tries in a row failed, the last: $(sw_curl_why $rc). Servers: $sw_servers"
        fi
        sw_pause $fails $rc "$url"
    done
    kill $watch
}
