# shellcheck shell=sh
# report.sh - tell the server how far the boot is.
#
# In the background, one attempt with a short limit: a report never delays a
# boot. Only the trap, which has time, waits for its own. The token goes to curl
# by standard input, so that no process list shows it.

# sw_post STAGE DETAIL LIMIT - now, and tells whether it was taken
sw_post() {
    [ -n "$sw_report" ] || return 0
    sw_uptime
    printf 'header = "Authorization: Bearer %s"\n' "$sw_token" |
        curl --config - --silent --fail --output /dev/null --connect-timeout "$3" \
            --max-time "$3" --data "session=$sw_session" --data "stage=$1" \
            --data "uptime=$sw_up" --data-urlencode "detail=$(printf '%.4000s' "$2")" "$sw_report"
}

# sw_note STAGE DETAIL [FIELD=VALUE…] - to be sent with the next sw_stage. Texts
# are our own words and numbers; anything else would not be safe between quotes.
sw_note() {
    [ -n "$sw_report" ] || return 0
    sw_uptime
    detail=$2
    sw_only 'A-Za-z0-9 .:,/_+=@~-' "$detail" || detail=''
    sw_reports="${sw_reports:+${sw_reports}next
}url = \"$sw_report\"
header = \"Authorization: Bearer $sw_token\"
silent
fail
output = /dev/null
connect-timeout = 3
max-time = 3
data = \"session=$sw_session&stage=$1&uptime=$sw_up\"
data-urlencode = \"detail=$detail\"
"
    shift 2
    for field; do
        sw_reports="${sw_reports}data = \"$field\"
"
    done
}

# Starting curl is what costs: one sends all that was noted while the last one ran.
sw_stage() { # STAGE DETAIL [FIELD=VALUE…]
    sw_note "$@"
    read -r state <"$SW_RUN/reporting" 2>/dev/null || state=''
    [ "$state" = busy ] || sw_report_send
}

sw_report_send() {
    [ -n "$sw_reports" ] || return 0
    echo busy >"$SW_RUN/reporting"
    {
        printf %s "$sw_reports" | curl --fail-early --config - && state=sent || state=failed
        echo "$state" >"$SW_RUN/reporting"
    } &
    sw_reports=''
}

# What is on its way must leave before the switch ends it. A server that has just
# not answered is not waited for once more.
sw_report_end() {
    wait
    read -r state <"$SW_RUN/reporting" 2>/dev/null || state=''
    [ "$state" = failed ] || sw_report_send
    wait
}
