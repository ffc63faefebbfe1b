#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The listings of the shipped profiles anew: listings.sh GOLDEN DIR NAME...
set -eu

golden=$1 dir=$2
shift 2
for name do
	"$golden" "$dir" "$name" x86_64 >"$dir/$name.bpf.new"
	mv "$dir/$name.bpf.new" "$dir/$name.bpf"
done
