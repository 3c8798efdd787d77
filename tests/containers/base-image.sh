#!/bin/sh
# Make the image that the Dockerfile starts from, for podman on a Debian machine that reaches no image registry:
# the same packages, from wherever this machine has its own. What is particular to this machine (sources,
# certificates, pip's settings) stays in the image that it makes, which never leaves it.
set -eu

name=docker.io/library/debian:bookworm-slim
sources=/etc/apt/sources.list.d/debian.sources
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mirror=$(sed -n 's/^URIs: *//p' "$sources" | head -n 1)
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror"

: > "$root/etc/apt/sources.list"
cp "$sources" "$root/etc/apt/sources.list.d/"
mkdir -p "$root/usr/local/share/ca-certificates"
find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$root/usr/local/share/ca-certificates/" \;
chroot "$root" update-ca-certificates
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/"

tar -C "$root" -c . | podman import --change "ENV REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt" - "$name"
