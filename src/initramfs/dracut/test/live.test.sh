#!/bin/sh
# Tests of the live boot: what dracut fetched is mounted only if it is what the server said.
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2154
. "$(dirname "$0")/checks.sh"

mkdir "$tmp/lib" "$tmp/etc" "$tmp/bin"
cp "$here"/../90slipway/*.sh "$here"/../90slipway-live/slipway-live-lib.sh "$tmp/lib/"
export SW_LIB="$tmp/lib" SW_RUN="$tmp/run" SW_ETC="$tmp/etc" PATH="$tmp/bin:$PATH"
# The one that waits to be ended by the isolation ends at once; dracut's programs say how they were called.
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "systemctl $*"\nkill -TERM $PPID\n' >"$tmp/bin/systemctl"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "mounts ${1##*/}"\n' >"$tmp/lib/dmsquash-live-root"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "fetches $RETRIES $*"\nexit "$LIVENET"\n' >"$tmp/lib/livenetroot"
chmod +x "$tmp/bin/systemctl" "$tmp/lib/dmsquash-live-root" "$tmp/lib/livenetroot"

echo 'the live image' >"$tmp/image"
sum=$(sha256sum <"$tmp/image")
conf() { rm -rf "$SW_RUN"; printf '%s\n' 'node n1' 'mode livenet' 'attempts 5' "$@" >"$SW_ETC/node.conf"; }
part() { sh "$here/../90slipway-live/$1.sh" "$2" netroot root 2>/dev/null; }
code() { head -n 1 "$SW_RUN/trap" 2>/dev/null; }
gone='systemctl --no-block isolate emergency.target'

conf "live ${sum%% *} 15"
is 'right content' 'mounts image' "$(part slipway-fetched "$tmp/image")"
is 'no trap' '' "$(code)"
echo 'a live imagx!' >"$tmp/other"
is 'wrong content' "$gone" "$(part slipway-fetched "$tmp/other")"
is 'wrong content' layer-corrupt "$(code)"
conf "live ${sum%% *} 15"
is 'nothing there' "$gone" "$(part slipway-fetched "$tmp/none")"
is 'nothing there' layer-corrupt "$(code)"

conf "live ${sum%% *} 15"
is 'fetched' 'fetches 5 lo netroot root' "$(LIVENET=0 part slipway-live lo)"
is 'fetched' '' "$(code)"
is 'not fetched' "fetches 5 lo netroot root
$gone" "$(LIVENET=1 part slipway-live lo)"
is 'not fetched' layer-unreachable "$(code)"
conf "live ${sum%% *} 999999999999999"
is 'too large' "$gone" "$(LIVENET=0 part slipway-live lo)"
is 'too large' memory "$(code)"

for line in 'live' 'live abc 15' "live ${sum%% *}" "live ${sum%% *} 0x15" "live ${sum%% *} 15 x"; do
    conf "$line"
    is "$line" "$gone" "$(part slipway-fetched "$tmp/image")"
    is "$line" conf-missing "$(code)"
done
rm "$SW_ETC/node.conf"
is 'no node.conf' "$gone" "$(part slipway-fetched "$tmp/image")"
is 'no node.conf' conf-missing "$(code)"

checks_end
