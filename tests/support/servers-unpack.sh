#!/bin/sh
# servers-unpack.sh [DIR]: Dovecot and Postfix from Debian's packages, unpacked privately.
#
# They are downloaded and unpacked into DIR (default: build/servers of this repository), never
# installed: the machine gets no mail service, and one that it has already is left alone. Libraries
# that the two need and that the machine lacks are unpacked beside them. A second call does nothing.
#
# DIR/root   the packages' files
# DIR/ready  their versions; written last
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../build/servers}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
servers="dovecot-core dovecot-imapd postfix"

[ -e "$dir/ready" ] && exit 0
exec 9>"$dir/lock"
flock 9                                  # two test runs at once: the second finds it done
[ -e "$dir/ready" ] && exit 0

"$here/need.sh" gcc libc6-dev            # for dovecot-here.c
work=$(mktemp -d "$dir/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# apt's own resolver says which libraries an installation would add; nothing is installed (-s).
# What else it names (adduser, ssl-cert, ...) serves maintainer scripts, and those never run.
libraries() {
    # shellcheck disable=SC2086
    plan=$(apt-get -s --no-install-recommends install $servers) || return 1
    echo "$plan" | awk '$1 == "Inst" && $2 ~ /^lib/ { print $2 }'
}

download() {
    names=$(libraries) || return 1
    # As root, apt would hand the download to the account _apt, which cannot write here.
    # shellcheck disable=SC2086
    (cd "$work" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download $servers $names)
}

echo "Unpacking Dovecot and Postfix, for the tests alone, into $dir"
if ! download 2>"$work/errors"; then     # no package lists, or older ones than the archive
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    $sudo apt-get -qq -o DPkg::Lock::Timeout=300 update
    download
fi

for deb in "$work"/*.deb; do
    dpkg-deb -x "$deb" "$work/root"
done

gcc -D_GNU_SOURCE -shared -fPIC -o "$work/root/usr/lib/dovecot/here.so" "$here/dovecot-here.c"

rm -rf "$dir/root"
mv "$work/root" "$dir/root"
chmod -R u=rwX,go=rX "$dir/root"         # Dovecot runs as an unprivileged account
(cd "$work" && echo ./*.deb) >"$dir/ready.new"
mv "$dir/ready.new" "$dir/ready"
