#!/bin/sh
# machine.sh DIR CGROUP STATE: boots this system's own root, under an overlay, with systemd as its first process.
#
# Run it as root in a mount namespace of its own (unshare --mount): then whatever is mounted here is gone with the last
# process in it. DIR is an empty directory for the mounts, CGROUP the name of a control group to make, STATE a
# directory that the machine sees as /var/lib/escrelay. The network is this system's, so that loopback is shared.
# What cannot be done ends with "cannot: WORD" on standard error: the word says why.
set -eu
dir=$1 group=$2 state=$3
cannot() {
	echo "cannot: $1" >&2
	exit 77
}

mount --make-rprivate / || cannot mount
mount -t tmpfs -o mode=755 tmpfs "$dir" || cannot tmpfs
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/root" || cannot overlay

# A tree of control groups for it alone: the unified one, whatever this system has mounted.
if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
	umount -R /sys/fs/cgroup 2>/dev/null || true
	mount -t cgroup2 cgroup2 /sys/fs/cgroup || cannot cgroup2
fi
[ -d "/sys/fs/cgroup/$group" ] || mkdir "/sys/fs/cgroup/$group" || cannot cgroup
echo $$ >"/sys/fs/cgroup/$group/cgroup.procs" || cannot cgroup

# As small as Debian's packages alone make it: nothing that this system starts, and no relay that it may have.
etc=$dir/root/etc
rm -rf "$etc/systemd/system" "$etc"/rc?.d "$etc/init.d" "$etc/escrelay" "$etc/fstab"
mkdir -p "$etc/systemd/system" "$etc/systemd/journald.conf.d" "$etc/systemd/system.conf.d"
for unit in getty.target systemd-logind.service tmp.mount systemd-firstboot.service systemd-resolved.service \
	systemd-network-generator.service systemd-networkd.service systemd-timesyncd.service systemd-modules-load.service \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer man-db.timer fstrim.timer \
	logrotate.timer systemd-tmpfiles-clean.timer dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount; do
	ln -s /dev/null "$etc/systemd/system/$unit"
done
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$etc/systemd/journald.conf.d/test.conf"
rm -f "$etc/machine-id"
systemd-id128 new >"$etc/machine-id"

# This system's service manager, if it has one, is not asked and not told.
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 tmpfs /run/systemd || cannot tmpfs
exec systemd-nspawn --quiet --directory="$dir/root" --machine="$group" --register=no --keep-unit --boot --console=pipe \
	--resolv-conf=off --timezone=off --link-journal=no --bind="$state:/var/lib/escrelay"
