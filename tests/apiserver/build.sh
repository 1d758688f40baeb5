#!/bin/sh
# Build a real kube-apiserver from Debian's source package, for the tests that need one: `make apiserver`.
#
# Debian 12 is the last release whose source of Kubernetes (1.20.2) is whole; later ones hold kubectl alone. etcd and Go
# come as packages of the same release. It takes four minutes on two cores, 2 GB of disk while it builds, and leaves
# one binary of 110 MB: FOLDER/kube-apiserver. Needs root, for apt-get.
set -eu
folder=$(mkdir -p "${1:?usage: build.sh FOLDER}" && cd "$1" && pwd)
release=bookworm
version=1.20.2
[ ! -x "$folder/kube-apiserver" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends golang-go etcd-server >/dev/null

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

# The source, through apt from wherever this machine has its packages from, with a list of our own beside the system's.
# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" | head -1)
mkdir -p lists/partial cache/archives/partial
echo "deb-src ${mirror:?no mirror of $release is configured} $release main" >sources.list
apt="-o Dir::Etc::SourceList=$work/sources.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=root"
# shellcheck disable=SC2086 # options are words
apt-get $apt update -qq
# shellcheck disable=SC2086
apt-get $apt source -qq --download-only kubernetes
kubernetes=$work/go/src/k8s.io/kubernetes
mkdir -p "$kubernetes"
tar -xzf kubernetes_*.orig.tar.gz -C "$kubernetes" --strip-components=1
cd "$kubernetes"

# Everything it needs is vendored in it, in the layout from before modules.
export GOPATH="$work/go" GO111MODULE=off GOFLAGS='' CGO_ENABLED=0 GOCACHE="$work/go-cache"

# The one file that its own makefile generates: the types as OpenAPI.
go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
inputs=$(
  grep -rlE '^// \+k8s:openapi-gen=' --include='*.go' staging/src/k8s.io pkg | xargs -n 1 dirname | sort -u |
    grep -vE 'sample|_examples|code-generator|/test' |
    sed -E 's#^staging/src/#k8s.io/kubernetes/vendor/#; t; s#^#k8s.io/kubernetes/#' | paste -sd, -
)
"$work/openapi-gen" --go-header-file hack/boilerplate/boilerplate.generatego.txt --output-base "$work/generated" \
  --output-package k8s.io/kubernetes/pkg/generated/openapi --output-file-base zz_generated.openapi \
  --input-dirs "$inputs" --report-filename /dev/null
cp "$work/generated/k8s.io/kubernetes/pkg/generated/openapi/zz_generated.openapi.go" pkg/generated/openapi/

stamp=k8s.io/kubernetes/vendor/k8s.io/component-base/version
go build -ldflags "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=20" \
  -o "$folder/kube-apiserver" ./cmd/kube-apiserver
"$folder/kube-apiserver" --version
