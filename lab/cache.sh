# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by all lab scripts: the cache's location, messages, locks, and how to run a program
# from a fetched root. Source this file, do not execute it.
#
# Variables: LAB_DIR TREE CACHE CHECK_KERNELS DEBIANS DEBUG_KERNELS kernel_re
# Functions: is_debug  say die lock unlock  part_dir cached  arch_of series counts_as
#            compiler toolchain_for toolchain has_dax  root_run for_arch triplet copy_libs pack
#
# The cache holds parts, one directory each:
#     qemu            root with QEMU                (Debian 12 + its backports)
#     guest           root with the guest's tools                 (Debian 13)
#     bookworm        root with the compiler for modules of Debian 12's kernels
#     trixie          root with the compiler for modules of Debian 13's kernels
#     qemu-arm64      root with QEMU and firmware for arm64       (Debian 13 + its backports)
#     guest-arm64     as guest, for arm64. Its programs do not run on this machine
#     trixie-arm64    cross-compiler for arm64, and arm64's libraries
#     promtool        Prometheus's promtool, without the server  (Debian 12)
#     selftest        the kernel's selftests for dax, for tests/upstream/run (Debian 13's backports)
#     cbmc            root with cbmc, for proof/cbmc/run          (Debian 13)
#     kernel/RELEASE  release, debian (bookworm or trixie), vmlinuz, kdir,
#                     root/ (modules, headers)
#     kernel/NAME     a link from a shorter name, such as 6.12, to the release it stands for
#     headers/RELEASE as kernel/RELEASE, without modules and without a bootable image. Its
#                     vmlinuz is only for reading the kernel's BTF
#     kernel-debug-H, kernel-kcsan-H
#                     as kernel/RELEASE, built by lab/debug-kernel; H is the hash of the
#                     configuration and the changes to the source
#     initramfs/      base initramfs per kernel release, made by lab/initramfs
#     apt/, lock/     private apt state; lock files
# In every fetched part the file "packages" lists its packages with their versions.
# A part is built under a temporary name and renamed when it is complete. A directory with the
# final name is therefore always complete.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts that source this file
TREE=$(dirname "$LAB_DIR")
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/daxplug
# shellcheck disable=SC2034
CHECK_KERNELS='6.1 6.12 7.3'
# shellcheck disable=SC2034
DEBIANS='bookworm trixie'
# The kernels that lab/debug-kernel builds, as a regular expression.
DEBUG_KERNELS='debug|kcsan'

# Pattern of a kernel's name: a release as uname -r prints it, or its beginning.
# shellcheck disable=SC2034
kernel_re='^[1-9][0-9]*\.[0-9]+[0-9a-z.+-]*$'

# arch_of NAME: print a kernel's architecture, which is the end of its name:
# 6.12.117+deb13-arm64, 6.12-arm64-16k. A name without an architecture is for amd64.
arch_of() {
    if [[ $1 =~ -arm64(-16k)?$ ]]; then echo arm64; else echo amd64; fi
}

# series NAME: print 6.12 for 6.12.117+deb13-rt-amd64, debug for debug, kcsan for kcsan.
series() {
    if [[ $1 =~ ^[0-9]+\.[0-9]+ ]]; then echo "${BASH_REMATCH[0]}"; else echo "$1"; fi
}

# is_debug NAME: is it a kernel that lab/debug-kernel builds?
is_debug() { [[ $1 =~ ^($DEBUG_KERNELS)$ ]]; }

# counts_as NAME: print the kernel of CHECK_KERNELS whose tests and limits apply to this one.
# That is the newest of them that is not newer than NAME: 6.12 for 7.2.
counts_as() {
    if is_debug "$1"; then echo debug; return; fi
    local wanted kernel result
    wanted=$(series "$1")
    result=$wanted
    for kernel in $CHECK_KERNELS; do
        if [[ $(printf '%s\n' "$kernel" "$wanted" | sort -V | head -n1) == "$kernel" ]]; then result=$kernel; fi
    done
    echo "$result"
}

# say TEXT...: print a message to stderr; stdout is for results.
say() { printf '%s: %s\n' "lab/${0##*/}" "$*" >&2; }

# die STATUS TEXT...
die() { local status=$1; shift; say "$@"; exit "$status"; }

# lock FILE: take an exclusive lock on FILE until unlock or the end of the process. Prints a
# line if it has to wait. A process holds one lock at a time.
lock() {
    mkdir -p "$(dirname "$1")"
    exec {LOCK_FD}>>"$1"
    flock -n "$LOCK_FD" && return
    say "waiting for another run (${1##*/})"
    flock "$LOCK_FD"
}
unlock() { exec {LOCK_FD}>&-; }

# without_comments FILE...: print the files without empty lines and comments. "# CONFIG_X is not set"
# is not a comment.
without_comments() { grep -hE '^(# )?CONFIG_|^[^#]' "$@"; }

# part_dir PART: print the directory of a part. A kernel is named by its release, or by a
# shorter name that is a link to it. The directory of a debugging kernel contains the hash
# of its configuration, so a kernel with another configuration does not count as cached.
part_dir() {
    local hash
    case $1 in
        qemu | guest | bookworm | trixie | source | selftest | promtool | cbmc | qemu-arm64 | guest-arm64 | trixie-arm64)
            printf '%s/%s\n' "$CACHE" "$1" ;;
        debug)
            hash=$(without_comments "$LAB_DIR"/debug.{config,sed} | sha256sum)
            printf '%s/kernel-debug-%s\n' "$CACHE" "${hash:0:12}" ;;
        kcsan)
            hash=$(without_comments "$LAB_DIR"/{debug.{config,sed},kcsan.config} | sha256sum)
            printf '%s/kernel-kcsan-%s\n' "$CACHE" "${hash:0:12}" ;;
        headers/*) printf '%s/%s\n' "$CACHE" "$1" ;;
        *) printf '%s/kernel/%s\n' "$CACHE" "$1" ;;
    esac
}

cached() { [[ -d $(part_dir "$1") ]]; }

# compiler DEBIAN: print the compiler that Debian's kernels are built with. The headers' make
# files call it by this name.
compiler() {
    case $1 in
        bookworm) echo gcc-12 ;;
        trixie) echo gcc-14 ;;
    esac
}

# toolchain_for DEBIAN: print the part that builds modules for this Debian's kernels. Prints
# nothing if this machine has the compiler, and a C library that kbuild's programs can run
# with.
toolchain_for() {
    local libc='glibc 2.36'
    if [[ $1 == trixie ]]; then libc='glibc 2.38'; fi
    if command -v "$(compiler "$1")" >/dev/null &&
        [[ $(printf '%s\n' "$libc" "$(getconf GNU_LIBC_VERSION)" | sort -V | head -n1) == "$libc" ]]; then
        return
    fi
    echo "$1"
}

# toolchain KERNEL: print the parts that build modules for a cached kernel: those of
# toolchain_for, and the cross-compiler for a kernel for arm64. Prints nothing for a kernel
# that is not cached, nor for a debugging kernel, because this machine's compiler built it.
toolchain() {
    local dir
    dir=$(part_dir "$1")
    if [[ -e $dir/debian ]]; then toolchain_for "$(<"$dir/debian")"; fi
    if [[ -e $dir/debian && $(arch_of "$1") == arm64 ]]; then echo trixie-arm64; fi
}

# has_dax KERNEL: does a cached kernel have device DAX, and so kmem? Debian's PREEMPT_RT
# kernels have none, because CONFIG_DEV_DAX needs transparent huge pages.
has_dax() {
    grep -qs '/drivers/dax/device_dax\.' "$("$LAB_DIR/fetch" --print modules "$1")"/modules.{order,builtin}
}

# root_run ROOT PROGRAM ARG...: run a program on this machine with the loader and libraries
# of a fetched root. Nothing of that root has to be installed here, and its libraries need
# not match this machine's.
root_run() {
    local root=$1 lib=$1/usr/lib/x86_64-linux-gnu; shift
    "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$lib/systemd" "$@"
}

# for_arch PART ARCH: print the name of PART for ARCH.
for_arch() { if [[ $2 == amd64 ]]; then echo "$1"; else echo "$1-$2"; fi; }

# triplet ARCH: print Debian's name of the library directory.
triplet() { if [[ $1 == arm64 ]]; then echo aarch64-linux-gnu; else echo x86_64-linux-gnu; fi; }

# copy_libs TREE ARCH FILE...: copy the shared libraries that the FILEs need into TREE, the
# tree of an initramfs. They come from the guest root. A library that the guest root does not
# have comes from this machine, whose C library is not newer than the guest's.
copy_libs() {
    local tree=$1 arch=$2 root file name path to _; shift 2
    if [[ $arch == arm64 ]]; then copy_foreign_libs "$tree" "$@"; return; fi
    root=$(part_dir guest)/root
    for file; do
        # A static program or a script needs no loader, and the list is empty.
        while read -r name _ path _; do
            if [[ $path == not ]]; then
                say "${file##*/} needs $name, which neither the guest nor this machine has"
                return 1
            fi
            # Skip the loader, which is in TREE already, and the vdso, which is the kernel's.
            [[ $name != /* && $path == /* ]] || continue
            to=$tree/usr/lib/x86_64-linux-gnu/$name
            if [[ $path == "$root"/* ]]; then to=$tree/${path#"$root"/}; fi
            [[ -e $to ]] || install -D "$path" "$to"
        done < <(root_run "$root" --list "$file" 2>/dev/null || :)
    done
}

# copy_foreign_libs TREE FILE...: copy_libs for arm64, whose loader does not run here. A
# library that the guest root does not have comes with the cross-compiler.
copy_foreign_libs() {
    local tree=$1 file name path to part; shift
    local -a roots=()
    for part in guest-arm64 trixie-arm64; do
        roots+=("$(part_dir "$part")"/root/usr/lib/aarch64-linux-gnu{,/systemd})
    done
    for file; do
        while read -r name; do
            to=$tree/usr/lib/aarch64-linux-gnu/$name
            [[ -e $to || $name == ld-linux-aarch64.so.1 ]] && continue
            path=$(find "${roots[@]}" -maxdepth 1 -name "$name" -print -quit 2>/dev/null)
            if [[ -z $path ]]; then
                say "${file##*/} needs $name, which is neither in guest-arm64 nor in trixie-arm64"
                return 1
            fi
            install -D "$path" "$to"
            copy_foreign_libs "$tree" "$path" || return
        done < <(readelf -d "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    done
}

# pack TREE: write the directory to stdout as a cpio archive for the kernel's initramfs.
pack() {
    (cd "$1" && find . -mindepth 1 -print |
        "$(part_dir guest)/root/usr/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
}
