#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests make dist in a small repository. It refuses what is no release, and the same commit always
# gives the same tarball.
set -u
cd "$(dirname "$0")/../.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
is() {
	if [ "$1" = "$2" ]; then echo "ok $3"; else echo "not ok $3"; printf '    is: %s\n    not: %s\n' "$1" "$2"; failed=1; fi
}

export HOME=$tmp/home GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.invalid
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.invalid
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
mkdir -p "$HOME" "$tmp/tree/packaging/debian"
cp packaging/dist packaging/dist.mk "$tmp/tree/packaging"
cd "$tmp/tree" || exit
echo 'include packaging/dist.mk' >Makefile
echo /build/ >.gitignore
git init -q .

# state VERSION HEADING: commit this version, and this heading in CHANGELOG.md
state() {
	echo "$1" >VERSION
	printf '# Changes\n\n## %s\n' "$2" >CHANGELOG.md
	echo "daxplug ($1) unstable; urgency=medium" >packaging/debian/changelog
	git add -A
	git commit -q -m "$1"
}
dist() { make -s dist "$@" 2>&1 | sed 's/^make: .*//; s/^make\[.*//' | grep -v '^$'; }

state '0.3.0~dev' 'Unreleased (0.3.0~dev)'
is "$(dist SIGN=no | sed 's/.* //')" daxplug-0.3.0-dev.tar.gz "SIGN=no makes a tarball of an unreleased version"
first=$(sha256sum <build/dist/daxplug-0.3.0-dev.tar.gz)
touch -d 2020-01-01 VERSION
(umask 077; TZ=Asia/Kolkata make -s dist SIGN=no) >/dev/null
is "$(sha256sum <build/dist/daxplug-0.3.0-dev.tar.gz)" "$first" "the tarball of one commit is always the same"
is "$(tar -tf build/dist/daxplug-0.3.0-dev.tar.gz | grep -c -v '^daxplug-0\.3\.0-dev/')" 0 "all of it is in one directory"
is "$(dist | grep -c 'which is no release\|CHANGELOG.md is\|git cannot sign')" 3 \
	"an unreleased version is not tagged, and each thing that is missing is named"
is "$(git tag)" "" "and there is no tag"

state 0.3.0 '0.3.0 (2027-01-02)'
echo x >new
is "$(dist SIGN=no)" "make dist: there are changes that are not committed: git status" "what is not committed is no release"
rm new
echo 0.3.1 >VERSION
git commit -q -a -m 'VERSION alone'
is "$(dist SIGN=no | grep -c changelog)" 1 "VERSION and the changelogs have to agree"
git reset -q --hard HEAD^

# Sign with an ssh key, because a GPG key needs an agent and takes seconds to make.
if command -v ssh-keygen >/dev/null && ssh-keygen -q -t ed25519 -N '' -f "$tmp/key" &&
	git config gpg.format ssh && git config user.signingkey "$tmp/key"; then
	is "$(dist | head -n 1)" "tag v0.3.0 is made; to publish it: git push origin v0.3.0" "a release is tagged"
	is "$(git cat-file tag v0.3.0 | grep -c 'BEGIN SSH SIGNATURE')" 1 "the tag is signed"
	is "$(dist)" "make dist: the tag v0.3.0 exists" "a release is made once"
fi
exit $failed
