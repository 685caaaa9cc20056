# shellcheck shell=sh
# say.sh - tell the console, and keep it in the log that the real root can read.

# Seconds since the kernel started, "12.34". In a variable: a fork costs more than
# the reading, and every program that starts is waited for by a thousand nodes.
sw_uptime() { read -r sw_up _ </proc/uptime; }

sw_say() {
    printf 'slipway: %s\n' "$*" >>"$SW_RUN/boot.log"
    printf 'slipway: %s\n' "$*" >/dev/console
}

# With the kernel argument slipway.debug each command goes to a file, for root alone: the token is among them.
sw_debug() {
    read -r sw_cmdline <"${SW_CMDLINE:-/proc/cmdline}" # of tests
    sw_arg slipway.debug "$sw_cmdline" >/dev/null || return 0
    (umask 077 && : >>"$SW_RUN/debug.log")
    exec 2>>"$SW_RUN/debug.log"
    PS4='+ $(sw_uptime; echo "$sw_up") '
    set -x
}

# sw_fail CODE WHAT… - note the cause for the trap (trap.sh) and stop here.
# OnFailure= of slipway-root.service does the rest, and ends what runs beside us.
sw_fail() {
    code=$1
    shift
    printf '%s\n%s\n' "$code" "$*" >"$SW_RUN/trap"
    exit 1
}
