#!/bin/sh
# need.sh PACKAGE...: installs those of the named Debian packages that are missing.
#
# Silent and instant when nothing is missing, so that every make target may call it. No service
# is started by what it installs: while apt runs, a policy-rc.d refuses all starts (101), unless
# the machine has a policy of its own. So name packages of tools and libraries, not of servers.
set -eu

missing=
for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "need.sh: missing, and there is no sudo. As root: apt-get install$missing" >&2
        exit 3
    fi
    sudo=sudo
fi
echo "Installing with apt:$missing"

# The lists may be absent or older than the archive; only when that shows are they fetched.
# shellcheck disable=SC2016,SC2086  # the script's own variables; a list split on purpose
exec $sudo flock /run/lock/escrelay-need.lock sh -c '
    set -u
    policy=/usr/sbin/policy-rc.d
    log=$(mktemp)
    made=
    trap "rm -f $log \$made" EXIT
    trap "exit 1" HUP INT TERM
    if [ ! -e $policy ]; then
        printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy && made=$policy
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt() { apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" >>$log 2>&1; }
    apt --no-install-recommends install "$@" && exit 0
    apt update
    apt --no-install-recommends install "$@" && exit 0
    cat $log >&2
    exit 3
' need.sh $missing
