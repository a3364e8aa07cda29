# Sourced by ./run and ./check: makes a bare Debian machine ready, and says what it does.
#   prepare build   what compiling and running need
#   prepare test    the peers that the end-to-end tests talk to

packages_build="build-essential cmake pkg-config libopus-dev libpocketsphinx-dev libsphinxbase-dev pocketsphinx-en-us flite1-dev flite curl ca-certificates"
packages_test="sip-tester baresip-core kamailio chromium sox espeak-ng python3"

prepare() {
  local wanted="" missing="" package
  for group in "$@"; do
    case $group in
      build) wanted+=" $packages_build" ;;
      test) wanted+=" $packages_test" ;;
    esac
  done
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not Debian: please install the equivalents of:$wanted" >&2
  else
    for package in $wanted; do
      dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=" $package"
    done
    [ -z "$missing" ] || install_packages "$missing"
  fi
  [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
  command -v cargo >/dev/null 2>&1 || install_rust
}

install_packages() {
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
      echo "These packages are missing:$1" >&2
      echo "Please install them as root: apt-get install$1" >&2
      exit 1
    }
    sudo=sudo
  fi
  echo "Installing system packages:$1"
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $1 >/dev/null || {
    echo "apt-get could not install:$1 (its own message is above)" >&2
    exit 1
  }
}

install_rust() {
  echo "Installing Rust with rustup"
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile default --no-modify-path >/dev/null || {
    echo "Rust could not be installed. Install version 1.94 or newer from https://rustup.rs, then run this again." >&2
    exit 1
  }
  . "$HOME/.cargo/env"
}
