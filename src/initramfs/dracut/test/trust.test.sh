#!/bin/sh
# Tests of what a node believes: manifests by their signature, layers by their digest.
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2034,SC2154
. "$(dirname "$0")/checks.sh"
. "$here/../90slipway/slipway-lib.sh"
. "$here/../90slipway/conf.sh"
. "$here/../90slipway/manifest.sh"
. "$here/../90slipway/fetch.sh"

SW_RUN=$tmp SW_ETC=$tmp
sw_say() { :; }
sw_stage() { :; }
sw_pause() { :; }
sleep() { :; }
sw_random() { echo 0; }
sw_fail() { echo "$1"; exit 1; }
# What a server gives: FILES are taken from the directory `server`.
sw_fetch_small() { sw_url=http://10.0.0.1 && cp "$SW_RUN/server/m" "$2" && cp "$SW_RUN/server/m.sig" "$4"; }

for key in ours theirs old; do
    openssl ecparam -name prime256v1 -genkey -noout -out "$SW_RUN/$key.key" 2>/dev/null
    openssl ec -in "$SW_RUN/$key.key" -pubout -out "$SW_RUN/$key.pem" 2>/dev/null
done
cat "$SW_RUN/old.pem" "$SW_RUN/ours.pem" >"$SW_ETC/trusted.pem"
mkdir "$SW_RUN/server" "$SW_RUN/store"
a=$(printf %064d 1) image=$(printf %064d 7)
sw_servers=http://10.0.0.1 sw_image=sha256:$image sw_attempts=2
text="slipway-manifest 1
image x:1 sha256:$image
layer squashfs sha256:$a 5
end"

given() { # KEY [TEXT]
    printf '%s\n' "${2-$text}" >"$SW_RUN/server/m"
    openssl dgst -sha256 -sign "$SW_RUN/$1.key" -out "$SW_RUN/server/m.sig" "$SW_RUN/server/m"
}
believed() { (sw_manifest_fetch && echo "$sw_count layers, $sw_sum bytes"); }

given ours
is 'our key' '1 layers, 5 bytes' "$(believed)"
given old
is 'another key that is trusted' '1 layers, 5 bytes' "$(believed)"
given theirs
is 'the key of others' manifest-signature "$(believed)"
given ours
echo >>"$SW_RUN/server/m"
is 'changed behind' manifest-signature "$(believed)"
given ours
sed -i "s/$a 5/$a 6/" "$SW_RUN/server/m"
is 'changed within' manifest-signature "$(believed)"
given ours
: >"$SW_RUN/server/m.sig"
is 'no signature' manifest-signature "$(believed)"
given ours
cp "$SW_RUN/ours.pem" "$SW_RUN/server/m.sig"
is 'a signature that is none' manifest-signature "$(believed)"
given ours "$(printf '%s\n' "$text" | sed "s/$image/$a/")"
is 'signed, of another image' manifest-invalid "$(believed)"
given ours
: >"$SW_ETC/trusted.pem"
is 'nobody is trusted' manifest-signature "$(believed)"
printf '%s\n' '-----BEGIN PUBLIC KEY-----' '-----END PUBLIC KEY-----' >"$SW_ETC/trusted.pem"
is 'a broken key' manifest-signature "$(believed)"
rm "$SW_ETC/trusted.pem"
is 'no list of keys' conf-missing "$(believed)"

# Each layer by its content, whole, however much of it came when.
verified() { # CONTENT OF-WHAT
    file=$SW_RUN/store/0 n=0 bytes=5 seconds=1 label=layer sw_count=1 sw_have='' bad=''
    printf %s "$1" >"$file"
    hex=$(printf %s "$2" | sha256sum)
    hex=${hex%% *}
    sw_verify && sw_verified=yes || sw_verified=no
    [ -e "$file" ] && kept=kept || kept='thrown away'
    echo "$sw_verified, $kept, have [$sw_have], ${bad:+told}"
}
is 'as it should be' 'yes, kept, have [0 ], ' "$(verified abcde abcde)"
is 'another of the same size' 'no, thrown away, have [], told' "$(verified abcdX abcde)"
is 'another beginning' 'no, thrown away, have [], told' "$(verified Xbcde abcde)"
is 'nothing' 'no, thrown away, have [], told' "$(verified '' abcde)"

checks_end
