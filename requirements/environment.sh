#!/bin/sh
# Make one virtual environment from one pinned and hashed requirements file, with Python 3.13 or with uv.
# Usage: environment.sh FOLDER REQUIREMENTS [OPTION OF pip install ...]
set -eu
folder=$1 requirements=$2
shift 2

if [ -L "$folder" ]; then
  echo "$folder is a link to an environment elsewhere, which is not cleared from here: remove the link and run this again." >&2
  exit 1
fi

if python3.13 -c 'import venv, ensurepip' 2>/dev/null; then
  python3.13 -m venv --clear "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements" "$@"
elif command -v uv >/dev/null; then
  uv venv --quiet --clear --python 3.13 "$folder"
  uv pip install --quiet --python "$folder" --require-hashes -r "$requirements" "$@"
else
  echo 'Python 3.13 (with venv) or uv is needed: install one of them and run this again.' >&2
  exit 1
fi
