"""The few files below /etc that programs expect, written for the box: the host's own would show its users and peers."""

from pathlib import Path

UID = 1000
"Who the code is in the box, whatever its uid outside."

FILES = {
    "/etc/passwd": f"sandbox:x:{UID}:{UID}:sandbox:/tmp/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": f"sandbox:x:{UID}:\nnogroup:x:65534:\n",
    "/etc/hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}

FROM_HOST = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/openssl.cnf",
    "/etc/ssl/certs",
    "/etc/ca-certificates",
    "/etc/pki",
)

FOR_NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/gai.conf")


def from_host(*, network: bool) -> list[str]:
    """Host files to show read-only, as far as they exist here."""
    wanted = FROM_HOST + FOR_NETWORK if network else FROM_HOST
    return [path for path in wanted if Path(path).exists()]


def written(*, network: bool) -> dict[str, bytes]:
    """Path in the box -> content."""
    return {path: text.encode() for path, text in FILES.items() if not (network and path in FOR_NETWORK)}
