#!/usr/bin/env bash
# Installs what is missing, and nothing else: packages of the distribution
# (scripts/needs.txt), then npm's packages, among them a private Node 24.
# Usage: scripts/setup.sh [run|test|bench]...   (default: run)
set -euo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -gt 0 ] || set -- run

say() { printf '%s\n' "setup: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# Which packages: by ID, then by what the distribution says it is like.
family() {
  local ID='' ID_LIKE=''
  # shellcheck source=/dev/null
  [ ! -r /etc/os-release ] || . /etc/os-release
  local id
  for id in $ID $ID_LIKE; do
    case $id in
      debian | ubuntu) echo debian && return ;;
      fedora | rhel | centos | rocky | almalinux | ol) echo redhat && return ;;
      suse | opensuse* | sles* | sled) echo suse && return ;;
    esac
  done
  die "this distribution (${ID:-unknown}) is not known here: install by hand what scripts/needs.txt names"
}

# One of the comma-separated programs or files of $1 exists.
present() {
  local probe
  for probe in ${1//,/ }; do
    case $probe in
      /*) [ -r "$probe" ] && return 0 ;;
      *) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$probe" >/dev/null && return 0 ;;
    esac
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "must be root to run: $*"
  fi
}

# Debian's packages start and enable their services. Set-up brings programs: a machine does not become
# an NFS server by it, neither now nor after its next start.
without_services() {
  local policy=/usr/sbin/policy-rc.d code=0
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  "$@" || code=$?
  as_root rm -f "$policy"
  return "$code"
}

disable_services() {
  local package
  for package in "$@"; do
    case $package in
      nfs-ganesha) as_root systemctl --quiet disable nfs-ganesha.service nfs-ganesha-lock.service ;;
      rpcbind) as_root systemctl --quiet disable rpcbind.service rpcbind.socket ;;
    esac 2>/dev/null || true
  done
}

install_packages() {
  say "installing: $*"
  case $family in
    debian)
      apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null; }
      # The lists are asked for only when they are missing or too old for what is wanted.
      without_services apt install -y --no-install-recommends "$@" >/dev/null 2>&1 || {
        apt update && without_services apt install -y --no-install-recommends "$@" >/dev/null
      } || return
      disable_services "$@"
      ;;
    redhat) as_root dnf install -y --setopt=install_weak_deps=False "$@" </dev/null ;;
    suse) as_root zypper --non-interactive install --no-recommends "$@" </dev/null ;;
  esac
}

system_packages() {
  local -a missing=() unknown=()
  local set probe debian redhat suse purpose package
  while read -r set probe debian redhat suse purpose; do
    case " $* " in *" $set "*) ;; *) continue ;; esac
    present "$probe" && continue
    case $family in debian) package=$debian ;; redhat) package=$redhat ;; suse) package=$suse ;; esac
    if [ "$package" = - ]; then
      unknown+=("${probe%%,*} ($purpose)")
    else
      case " ${missing[*]-} " in *" $package "*) ;; *) missing+=("$package") ;; esac
    fi
  done <"$checkout/scripts/needs.txt"
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  [ ${#unknown[@]} = 0 ] || say "not packaged for this distribution: ${unknown[*]}; slipway doctor says what goes without"
}

# npm_ci PATH NPM...: installs what the lock file names, by the npm given. Node trusts
# the certificates that the system trusts, also a site's own.
npm_ci() {
  local path=$1
  shift
  (cd "$checkout" && PATH=$path NODE_USE_SYSTEM_CA=1 "$@" ci --no-audit --no-fund --loglevel=error </dev/null)
}

# npm only brings the packages; what it brings has a Node of its own.
npm_packages() {
  local stamp=$checkout/node_modules/.slipway-installed
  if [ -e "$stamp" ] && cmp -s "$stamp" "$checkout/package-lock.json"; then return; fi
  if ! command -v npm >/dev/null; then
    case $family in
      debian) install_packages nodejs npm ;;
      redhat) install_packages nodejs npm ;;
      suse) install_packages nodejs-default npm-default ;;
    esac
  fi
  say "installing npm packages"
  if [ "$(npm --version | cut -d. -f1)" -ge 10 ]; then
    npm_ci "$PATH" npm
  else
    # Debian's npm 9 leaves out optional packages that name a C library, and those that do not fit
    # Debian's Node 18: the native parts of the test runner and the linter. So the old one brings
    # the private Node, and this a newer npm for the rest. A copy, since npm ci empties node_modules.
    npm_ci "$PATH" npm
    local copy
    copy=$(mktemp -d)
    cp "$checkout"/node_modules/node-linux-*/bin/node "$copy/node"
    npm_ci "$copy:$PATH" npm exec --yes --package=npm@11 -- npm
    rm -rf "$copy"
  fi
  cp "$checkout/package-lock.json" "$stamp"
}

family=$(family)
system_packages "$@"
npm_packages
