#!/bin/sh
# Compiles the pinned requirement files. Run after changing pyproject.toml or engine.in.
#
# torch is resolved as its CPU build, so that no GPU library enters the files; the local version ("+cpu") is then
# dropped, because its name differs between platforms and the launcher chooses the build when it installs.
set -eu
cd "$(dirname "$0")/.."
header='--no-header --no-emit-index-url --no-emit-find-links --no-annotate --quiet'
cpu() { sed 's/^\(torch==[0-9.]*\)+cpu/\1/'; }

backend=''
[ -n "${UV_FIND_LINKS:-}" ] || backend='--torch-backend cpu'
uv pip compile $header $backend --python-version 3.11 pyproject.toml | cpu > requirements/desk.txt.new
mv requirements/desk.txt.new requirements/desk.txt
uv pip compile $header $backend --python-version 3.11 --extra dev --extra onnx pyproject.toml -c requirements/desk.txt | cpu > requirements/all.new
# What the extra adds, and nothing that desk.txt already pins.
grep -vxFf requirements/desk.txt requirements/all.new > requirements/dev.txt || true
rm requirements/all.new
uv pip compile $header $backend --python-version 3.11 --extra onnx pyproject.toml -c requirements/desk.txt | cpu > requirements/all.new
grep -vxFf requirements/desk.txt requirements/all.new > requirements/onnx.txt || true
rm requirements/all.new
uv pip compile $header --python-version 3.10 requirements/engine.in -o requirements/engine.txt > /dev/null
