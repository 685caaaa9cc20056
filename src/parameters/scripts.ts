/** Shell scripts that run in the tree. They use nothing that a small image might lack. */

/**
 * Lets root log in by ssh. Of several lines sshd takes the first, sshd_config(5): so ours comes before
 * all others, in a file of its own where the release includes such (EL9), at the top where not (EL8).
 */
export const ROOT_LOGIN = `conf=/etc/ssh/sshd_config
[ -f "$conf" ] || exit 0
text= included=
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    [Ii]nclude*/etc/ssh/sshd_config.d/\\**) included=yes ;;
    'PermitRootLogin yes') [ -n "$text" ] || exit 0 ;;
  esac
  text="$text$line
"
done < "$conf"
if [ -n "$included" ] && [ -d /etc/ssh/sshd_config.d ]; then
  printf 'PermitRootLogin yes\\n' > /etc/ssh/sshd_config.d/00-slipway.conf
  chmod 0600 /etc/ssh/sshd_config.d/00-slipway.conf
else
  printf 'PermitRootLogin yes\\n%s' "$text" > "$conf"
fi
`;

/**
 * What disklessset writes into os-release(5); the date is that of the image's content, so that
 * the same content has the same name for it. Both values are names without any quote or blank.
 */
export function osReleaseScript(name: string, kernel: string): string {
  return `{
  printf 'BLUEBANQUISE_IMAGE_NAME="%s"\\n' '${name}'
  printf 'BLUEBANQUISE_IMAGE_KERNEL="%s"\\n' 'vmlinuz-${kernel}'
  printf 'BLUEBANQUISE_IMAGE_DATE="%s"\\n' "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)"
} >> /etc/os-release
`;
}
