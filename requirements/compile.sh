#!/bin/sh
# Compiles the pinned requirement files. Run after changing pyproject.toml or engine.in.
#
# torch is resolved as its CPU build, so that no GPU library enters the files; the local version ("+cpu") is then
# dropped, because its name differs between platforms and the launcher chooses the build when it installs.
set -eu
cd "$(dirname "$0")/.."
header='--no-header --no-emit-index-url --no-emit-find-links --no-annotate --quiet'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpu() { sed 's/^\(torch==[0-9.]*\)+cpu/\1/' "$work/compiled"; }
# In two steps: in a pipe the failure of the first would go unseen, and empty files would take the place of the old ones.
compile() { rm -f "$work/compiled"; uv pip compile $header "$@" -o "$work/compiled" > /dev/null; }

backend=''
[ -n "${UV_FIND_LINKS:-}" ] || backend='--torch-backend cpu'
compile $backend --python-version 3.11 pyproject.toml
cpu > "$work/desk.txt"
# What an extra adds, and nothing that desk.txt already pins.
compile $backend --python-version 3.11 --extra dev --extra onnx pyproject.toml -c "$work/desk.txt"
cpu | grep -vxFf "$work/desk.txt" > "$work/dev.txt"
compile $backend --python-version 3.11 --extra onnx pyproject.toml -c "$work/desk.txt"
cpu | grep -vxFf "$work/desk.txt" > "$work/onnx.txt"
compile --python-version 3.10 requirements/engine.in
cp "$work/compiled" "$work/engine.txt"
cp "$work/desk.txt" "$work/dev.txt" "$work/onnx.txt" "$work/engine.txt" requirements/
