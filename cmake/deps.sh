# POSIX sh functions that install missing Debian packages; to be sourced.

# The packages among "$@" that are not installed, one per line.
deps_missing() {
  for deps_package in "$@"; do
    case $(dpkg-query -W -f '${Status}' "$deps_package" 2>/dev/null) in
      *' ok installed') ;;
      *) printf '%s\n' "$deps_package" ;;
    esac
  done
}

deps_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    printf 'root is needed to run: %s\n' "$*" >&2
    return 1
  fi
}

deps_apt_install() {
  deps_as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o Dpkg::Use-Pty=0 -qq -y --no-install-recommends install "$@"
}

# deps_require PACKAGE...: says what is missing and installs it. Without anything missing it needs neither root nor a
# network. The package lists are fetched only when they are absent, or so old that the installation fails.
deps_require() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    printf 'This is not a Debian system; install the equivalents of: %s\n' "$*" >&2
    return 1
  fi
  deps_wanted=$(deps_missing "$@")
  [ -n "$deps_wanted" ] || return 0
  # Package names hold no blanks, so that splitting at them is safe.
  set -- $deps_wanted
  printf 'Installing missing packages: %s\n' "$*"
  if apt-cache show "$@" >/dev/null 2>&1 && deps_apt_install "$@" >/dev/null 2>&1; then
    return 0
  fi
  deps_as_root apt-get -qq update && deps_apt_install "$@" >/dev/null
}

# deps_architecture NAME: lets apt install packages of another architecture, as in libc6:arm64.
deps_architecture() {
  if dpkg --print-foreign-architectures | grep -qx "$1"; then return 0; fi
  printf 'Adding the architecture %s\n' "$1"
  deps_as_root dpkg --add-architecture "$1" && deps_as_root apt-get -qq update
}
