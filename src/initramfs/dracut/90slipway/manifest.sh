# shellcheck shell=sh
# manifest.sh - which layers make the image; only if a trusted key signed it.

# openssl reads one key from a file: split the bundle.
sw_keys() {
    n=0 key=''
    [ ! -e "$SW_RUN/key.1" ] || rm -f "$SW_RUN"/key.*
    while IFS= read -r line; do
        case $line in
            '-----BEGIN PUBLIC KEY-----') n=$((n + 1)) key=$SW_RUN/key.$n ;;
        esac
        [ -z "$key" ] || printf '%s\n' "$line" >>"$key"
        case $line in -----END*) key='' ;; esac
    done <"$SW_ETC/trusted.pem"
}

sw_signed() { # FILE: its signature is FILE.sig
    for key in "$SW_RUN"/key.*; do
        [ -s "$key" ] || continue
        openssl dgst -sha256 -verify "$key" -signature "$1.sig" "$1" >/dev/null 2>&1 && return 0
    done
    return 1
}

# Every server is asked, as often as `attempts` says, until one gives a manifest
# that holds; then the reason of the last failure counts.
sw_manifest_fetch() {
    file=$SW_RUN/manifest try=0
    [ -n "$sw_servers" ] || sw_fail conf-missing "node.conf names no server"
    [ -n "$sw_image" ] || sw_fail conf-missing "node.conf names no image"
    [ -r "$SW_ETC/trusted.pem" ] || sw_fail conf-missing "there is no trusted.pem beside node.conf"
    sw_keys
    sw_try=$(sw_random 1000)
    while :; do
        rc=0
        sw_fetch_small "/boot/manifest/$sw_image" "$file" "/boot/manifest/$sw_image.sig" "$file.sig" || rc=$?
        try=$((try + 1))
        if [ $rc -ne 0 ]; then
            code=manifest-unreachable why="$sw_url: $(sw_curl_why $rc)"
        elif ! sw_signed "$file"; then
            code=manifest-signature why="the manifest at $sw_url is not signed by a key that this node trusts"
        elif ! sw_layers=$(sw_manifest "$file" "${sw_image#sha256:}"); then
            code=manifest-invalid why="the manifest of $sw_image at $sw_url: $sw_layers"
        else
            break
        fi
        sw_try=$((sw_try + 1))
        [ $try -lt "$sw_attempts" ] || sw_fail "$code" "$why ($try tries). Servers: $sw_servers"
        case $code in
            manifest-unreachable) sw_pause $try $rc ;;
            *) sw_say "$why" && sleep "$(sw_seconds "$(sw_delay 1)")" ;;
        esac
    done
    sw_count=0 sw_sum=0
    while read -r _ _ bytes; do
        sw_count=$((sw_count + 1)) sw_sum=$((sw_sum + bytes))
    done <<EOF
$sw_layers
EOF
}
