# Shared by tools/run and tools/test: missing packages, configuring, building. To be sourced by bash.
# Everything it has to say goes to standard error; the output of the programs it starts goes to a log,
# which is shown when one of them fails.
# shellcheck shell=bash

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")

# What the tool needs, as COMMAND:PACKAGE or, where there is no command to look for, PACKAGE.
# shellcheck disable=SC2034
run_needs=(g++:g++ cmake:cmake ninja:ninja-build
  libboost-dev libboost-program-options-dev libfmt-dev nlohmann-json3-dev libxxhash-dev)

say() {
  echo "$(basename "$0"): $*" >&2
}

# with_log LOG COMMAND...: runs the command with its output in LOG; shows LOG when it fails.
with_log() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    say "failed: $* (the log above is $log)"
    return 1
  fi
}

# missing_packages ITEM...: prints the packages that are not there (items as in run_needs).
missing_packages() {
  local item packages=()
  for item in "$@"; do
    if [[ $item != *:* ]]; then
      packages+=("$item")
    elif ! command -v "${item%%:*}" >/dev/null; then
      echo "${item#*:}"
    fi
  done
  # Not Debian: the compiler will say what is missing.
  command -v dpkg-query >/dev/null || return 0
  local installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
  for item in "${packages[@]}"; do
    if ! grep -qxF "$item installed" <<<"$installed"; then
      echo "$item"
    fi
  done
}

# install_missing ITEM...: installs what is not there, as root or with sudo. Without either it prints
# the command to run and fails.
install_missing() {
  local missing
  mapfile -t missing < <(missing_packages "$@" | sort -u)
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    as_root=(sudo)
    # sudo may ask for a password where somebody can answer; elsewhere it must do without.
    [[ -t 0 && -t 2 ]] || as_root+=(-n)
  fi
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    say "some packages are missing; run this once, as root:"
    echo "apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}" >&2
    return 1
  fi

  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
    -o DPkg::Lock::Timeout=600 --yes --no-install-recommends)
  mkdir -p "$root/build"
  # A machine that knows its packages needs no update; one that does not fails here at once.
  if ! "${apt[@]}" install "${missing[@]}" >"$root/build/install.log" 2>&1 </dev/null; then
    with_log "$root/build/install.log" "${apt[@]}" update &&
      with_log "$root/build/install.log" "${apt[@]}" install "${missing[@]}"
  fi
}

# own_folder FOLDER: makes the build folder. One that belongs to another place (the checkout was moved
# or copied) is begun anew.
own_folder() {
  if [[ -e $1/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$1/CMakeCache.txt"; then
    rm -rf "$1"
  fi
  mkdir -p "$1"
}

# configure FOLDER OPTION...: a folder that is new gets a unity build, one that exists stays what it is.
configure() {
  local folder=$1
  shift
  own_folder "$folder"
  [[ -e $folder/CMakeCache.txt ]] || set -- -DINTERLEAVE_UNITY=ON "$@"
  with_log "$folder/configure.log" cmake -S "$root" -B "$folder" -G Ninja "$@"
}

# build FOLDER TARGET...
build() {
  local folder=$1
  shift
  with_log "$folder/build.log" cmake --build "$folder" --parallel "$(nproc)" --target "$@"
}
