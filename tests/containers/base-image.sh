#!/bin/sh
# Make the base image of the Dockerfile, for podman on a Debian machine that cannot reach an image registry. The
# packages come from this machine's package sources. The image contains settings of this machine (sources,
# certificates, pip's configuration), so it must not leave it.
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
