# shellcheck shell=sh
# say.sh - tell the console, and keep it in the log that the real root can read.

sw_uptime() { read -r up _ </proc/uptime && echo "$up"; }

sw_say() {
    printf 'slipway: %s\n' "$*" >>"$SW_RUN/boot.log"
    printf 'slipway: %s\n' "$*" >/dev/console
}

# sw_fail CODE WHAT… - note the cause for the trap (trap.sh) and stop here.
# OnFailure= of slipway-root.service does the rest.
sw_fail() {
    code=$1
    shift
    printf '%s\n%s\n' "$code" "$*" >"$SW_RUN/trap"
    exit 1
}
