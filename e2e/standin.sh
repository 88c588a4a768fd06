#!/bin/sh
# Imports a local stand-in for a base image that cannot be pulled: standin.sh DOCKER IMAGE CACHE
#
# golang:* is this machine's Go with a module cache and a build cache that are kept in CACHE, so that the image builds in seconds
# and without a network. busybox:* is busybox. python:*, fedora:* and debian:12 are Debian from its archive, with Python, rpm and git, kept in
# CACHE. Everything else is busybox and bash, which is enough for alpine and a runner image.
# What a stand-in cannot show: that cgo has to be turned off, and packages of the real image.
set -eu
docker=$1 image=$2 cache=$3

import() {
	"$docker" import --change 'CMD ["sh"]' --change 'LABEL mmjsonl-e2e=stand-in' "$@" - "$image"
}

case $image in
python:* | fedora:* | debian:12)
	if [ ! -f "$cache/debian.tar" ]; then
		mkdir -p "$cache"
		rm -rf "$cache/debian"
		debootstrap --variant=minbase --include=ca-certificates,git,python3,python3-pip,python3-venv,rpm bookworm "$cache/debian"
		rm -rf "$cache/debian/var/cache/apt" "$cache/debian/var/lib/apt/lists" "$cache/debian/usr/share/doc"
		rm -f "$cache"/debian/usr/lib/python3*/EXTERNALLY-MANAGED # this is not a system, and pip may install into it
		cp -L /etc/ssl/certs/ca-certificates.crt "$cache/debian/etc/ssl/certs/"
		tar -C "$cache/debian" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' -cf "$cache/debian.part" .
		rm -rf "$cache/debian"
		mv "$cache/debian.part" "$cache/debian.tar"
	fi
	bundle=/etc/ssl/certs/ca-certificates.crt
	import --change "ENV PIP_CERT=$bundle" --change "ENV SSL_CERT_FILE=$bundle" <"$cache/debian.tar"
	exit
	;;
esac

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root" # mktemp's 700 would keep every user but root out of the container
mkdir -p "$root/etc/ssl/certs" "$root/root" "$root/usr/bin" "$root/var"
mkdir -m 1777 "$root/tmp"
ln -s usr/bin "$root/bin" # busybox links its commands to the place it runs from here, /bin or /usr/bin
cp /bin/busybox "$root/usr/bin/"
/bin/busybox --install -s "$root/usr/bin"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
path=/usr/local/bin:/usr/bin:/bin

set --
case $image in
busybox:*) ;;
golang:*)
	GOCACHE=$cache/build GOMODCACHE=$cache/mod GOFLAGS=-modcacherw
	export GOCACHE GOMODCACHE GOFLAGS
	go mod download
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$root/mmjsonl" .
	rm "$root/mmjsonl"
	mkdir -p "$root/usr/local/go" "$root/go/pkg" "$root/root/.cache"
	tar -C "$(go env GOROOT)" --exclude=./test --exclude=./doc --exclude=./api --exclude=./src/cmd -cf - . |
		tar -C "$root/usr/local/go" -xf -
	cp -a "$cache/mod" "$root/go/pkg/mod"
	cp -a "$cache/build" "$root/root/.cache/go-build"
	cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
	path=/usr/local/go/bin:/go/bin:$path
	set -- --change 'ENV GOPATH=/go' --change 'ENV GOTOOLCHAIN=local' --change 'WORKDIR /go' \
		--change "ENV GOPROXY=$(go env GOPROXY)" --change "ENV GOSUMDB=$(go env GOSUMDB)"
	;;
*) cp /bin/bash-static "$root/usr/bin/bash" ;;
esac

tar -C "$root" --owner=0 --group=0 -cf - . | import --change "ENV PATH=$path" "$@"
