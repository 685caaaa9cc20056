/**
 * Completion scripts. Each asks `slipway __complete WORD…` for candidates, one
 * a line, with a tab and a description behind; the last word is the one being typed.
 */
import type { Shell } from './commands/completion.ts';

const SCRIPTS: Record<Shell, string> = {
  bash: `# bash completion for slipway
_slipway() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]}
  # ":" splits words in bash; put what it cut off back together.
  local line=\${COMP_LINE:0:COMP_POINT}
  local -a words
  IFS=' ' read -r -a words <<<"$line"
  [[ $line == *' ' ]] && words+=('')
  local last=\${words[\${#words[@]}-1]}
  COMPREPLY=($("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null | cut -f1))
  if ((\${#COMPREPLY[@]} == 0)); then
    COMPREPLY=($(compgen -f -- "$word"))
    compopt -o filenames 2>/dev/null
  elif [[ $last == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local prefix=\${last%"\${last##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -F _slipway slipway
`,
  zsh: `#compdef slipway
_slipway() {
  local -a lines shown
  lines=("\${(@f)$(\${words[1]} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  lines=(\${lines:#})
  if (( \${#lines} == 0 )); then
    _files
    return
  fi
  local line
  for line in $lines; do
    shown+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe 'slipway' shown
}
compdef _slipway slipway
`,
  fish: `# fish completion for slipway
function __slipway_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c slipway -f -a '(__slipway_complete)'
complete -c slipway -n 'test -z (__slipway_complete | string collect)' -F
`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
