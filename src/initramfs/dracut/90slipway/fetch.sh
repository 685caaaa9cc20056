# shellcheck shell=sh
# fetch.sh - files over HTTP from several servers, on a network that loses much.

# The server in turn, in $sw_url. Each node begins with one by chance, stays with it
# as long as it serves, and goes round when it does not (sw_try counts).
sw_server() {
    # shellcheck disable=SC2086 # a list of URLs; URLs have no blanks
    set -- $sw_servers
    shift $((sw_try % $#))
    sw_url=$1
}

# sw_want URL OUT OFFSET LIMIT WORDS - adds one file to what sw_curl fetches. A
# transfer below 1 kB/s for 20 s is given up. All values passed a pattern that
# leaves nothing with a meaning between quotes.
sw_want() {
    sw_wanted="${sw_wanted:+${sw_wanted}next
}url = \"$1\"
output = \"$2\"
continue-at = $3
max-filesize = $4
${sw_bearer:+header = \"Authorization: Bearer $sw_bearer\"
}silent
fail
globoff
proto = \"=http,https\"
connect-timeout = 10
speed-limit = 1000
speed-time = 20
dump-header = \"$SW_RUN/head\"
write-out = \"%{stderr}done $5 %{http_code} %{size_download} %{time_total}\\n\"
"
}

# sw_curl - fetches what is wanted, one after the other over one connection, up to
# the first failure. For each file a line on standard output: `done WORDS STATUS
# BYTES SECONDS`. By way of stderr, which has no buffer: so it comes at once (curl
# before 7.63 says all at the end, after a line of complaint).
sw_curl() { printf %s "$sw_wanted" | curl --fail-early --config - 2>&1; }

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

# sw_pause N RC - after the Nth failure
sw_pause() {
    sw_log_follow
    if ms=$(sw_retry_after); then :; else ms=$(sw_delay "$1"); fi
    sw_say "$sw_url: $(sw_curl_why "$2"); trying again in $((ms / 1000)).$((ms % 1000 / 100)) s"
    sleep "$(sw_seconds "$ms")"
}

# sw_fetch_small PATH FILE… - small files from one server, one try. Returns curl's
# exit code and sets sw_http.
sw_fetch_small() {
    sw_server
    sw_wanted='' sw_http=000
    while [ $# -gt 0 ]; do
        rm -f "$2"
        sw_want "$sw_url$1" "$2" 0 65536 small
        shift 2
    done
    sw_curl >"$SW_RUN/info"
    rc=$?
    while read -r word _ http _; do
        [ "$word" != 'done' ] || sw_http=$http
    done <"$SW_RUN/info"
    return $rc
}

sw_size() { stat -c %s "$1" 2>/dev/null || echo 0; }

# A line every two seconds while the files grow; killed when they are complete.
sw_watch() {
    before=0
    while sleep 2; do
        now=0
        for size in $(stat -c %s "$SW_RUN"/store/* 2>/dev/null); do now=$((now + size)); done
        sw_say "layers: $(sw_progress "$now" "$sw_sum" $((now - before)) 2000)"
        before=$now
    done
}

# Rounds, until all layers are there and verified. Each round asks one server for
# all that is missing; a broken file goes on where it stopped. Rounds that fail in a
# row count; a layer, or a sixteenth of one, ends the row.
sw_fetch_layers() {
    sw_have=' ' fails=0 busy=0 wrong=0
    mkfifo "$SW_RUN/fetched" 2>/dev/null
    sw_watch &
    watch=$!
    while sw_want_layers; do
        sw_round
        [ $rc -ne 0 ] || [ -n "$bad" ] || continue
        sw_try=$((sw_try + 1))
        if [ -n "$bad" ]; then
            wrong=$((wrong + 1))
            [ $wrong -lt "$sw_attempts" ] || sw_fail layer-corrupt "$bad ($wrong times). Servers: $sw_servers"
            [ $rc -ne 0 ] || sleep "$(sw_seconds "$(sw_delay $wrong)")"
        fi
        [ $rc -ne 0 ] || continue
        [ -z "$progress" ] || fails=0
        # A busy server is no failure, but not for ever.
        if sw_retry_after >/dev/null && [ $busy -lt 50 ]; then
            busy=$((busy + 1))
        else
            fails=$((fails + 1))
        fi
        [ $fails -lt "$sw_attempts" ] ||
            sw_fail layer-unreachable "$label could not be downloaded: $fails tries in a row failed, the last: $(sw_curl_why $rc). Servers: $sw_servers"
        sw_pause $fails $rc
    done
    kill $watch
}

# What is missing, of which server; fails if nothing is.
sw_want_layers() {
    sw_server
    sw_wanted='' n=0
    while read -r _ hex bytes; do
        case $sw_have in
            *" $n "*) ;;
            *)
                offset=0
                [ ! -e "$SW_RUN/store/$n" ] || offset=$(sw_size "$SW_RUN/store/$n")
                # Longer than it can be: what is there is of no use.
                [ "$offset" -lt "$bytes" ] || { rm -f "$SW_RUN/store/$n"; offset=0; }
                sw_want "$sw_url${sw_source:-/blobs/sha256}/$hex" "$SW_RUN/store/$n" "$offset" "$bytes" "$n $hex $bytes $offset"
                ;;
        esac
        n=$((n + 1))
    done <<LAYERS
$sw_layers
LAYERS
    [ -n "$sw_wanted" ]
}

# One curl for all; each layer is hashed while the next one comes. Hashing the same
# one while it arrives, in a pipe, was measured to take twice as long. Sets rc,
# label and sw_http of the last file, progress, and bad (what was wrong).
sw_round() {
    bad='' progress='' sw_http=000 file='' label=layers
    # Opened for both ways it is not waited for: older shells take a child that ends meanwhile
    # for an error of the opening, and would wait for ever then.
    exec 3<>"$SW_RUN/fetched" 4<"$SW_RUN/fetched"
    sw_curl >&3 3>&- 4<&- &
    curl=$!
    exec 3>&-
    while read -r word n hex bytes offset http got seconds; do
        [ "$word" = 'done' ] || continue
        file=$SW_RUN/store/$n label="${sw_label:-layer} $((n + 1))/$sw_count" sw_http=$http
        got=${got%%[!0-9]*} # some versions write 5,000
        sw_is_uint "$got" || got=0
        if [ $((offset + got)) -eq "$bytes" ]; then
            sw_verify && progress=yes
        elif [ "$got" -gt $((bytes / 16)) ]; then
            progress=yes
        fi
    done <&4
    exec 4<&-
    wait $curl
    rc=$?
    [ $rc -ne 33 ] || rm -f "$file" # the server cannot resume
}

# A layer is whole: is it the right one?
sw_verify() {
    sum=$(sha256sum <"$file")
    if [ "${sum%% *}" = "$hex" ]; then
        sw_have="$sw_have$n "
        busy=0
        sw_say "$label: $((bytes / 1048576)) MiB in $seconds s, verified"
        sw_stage layer "$((n + 1))/$sw_count" "bytes=$bytes" "seconds=$seconds"
    else
        rm -f "$file"
        bad="$label has wrong content: sha256:${sum%% *} instead of sha256:$hex"
        sw_say "$sw_url: $label: wrong content, thrown away"
        return 1
    fi
}
