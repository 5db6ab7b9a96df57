"""What is known about programs: which are harmless, and which are a risk whatever their arguments."""

from enum import StrEnum


class Risk(StrEnum):
    """The value is what a person reads: "It …"."""

    FETCH_EXEC = "runs what it downloads"
    OBFUSCATED = "hides what it runs"
    FORK_BOMB = "starts processes without end"
    DISK = "writes to a raw disk"
    DELETES = "deletes much, or outside of the workspace"
    OUTSIDE = "writes outside of the workspace"
    CREDENTIALS = "reads credentials or the environment"
    CI = "changes what CI, git or agents run by themselves"
    HISTORY = "rewrites or publishes git history"
    OTHER_USER = "acts as another user"
    PERMISSIONS = "changes permissions or ownership"
    KILLS = "ends processes"
    PERSISTS = "leaves something that runs or starts by itself"
    CONTROLS = "controls containers or services"
    PACKAGES = "installs packages"
    NETWORK = "uses the network"
    UNCERTAIN = "cannot be read for certain"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHELLS = _names("sh bash dash zsh ksh ash fish rbash")
INTERPRETERS = _names("python perl ruby node php lua Rscript deno bun")
FETCHERS = _names("curl wget aria2c http https fetch lynx nc ncat netcat socat ftp scp sftp rsync ssh")
DECODERS = _names("base64 base32 xxd openssl uudecode rev tr gpg od hexdump gunzip zcat xz bzip2")
SAYERS = _names("echo printf")

ALWAYS: dict[str, Risk] = {
    name: risk
    for risk, names in {
        Risk.NETWORK: """wget aria2c nc ncat netcat socat telnet ssh scp sftp ftp ping ping6 dig nslookup host whois
            traceroute nmap lynx links w3m http https rclone twine psql mysql mongo mongosh redis-cli tailscale ngrok
            cloudflared sendmail mail mailx http.server""",
        Risk.DISK: """fdisk sfdisk cfdisk parted gdisk sgdisk wipefs mount umount losetup blkdiscard hdparm swapon
            swapoff cryptsetup dd mke2fs mkswap pvcreate vgcreate lvcreate debugfs""",
        Risk.PERMISSIONS: "chown chgrp setfacl setcap chattr setpriv",
        Risk.KILLS: "pkill killall killall5 xkill shutdown reboot halt poweroff init telinit",
        Risk.OTHER_USER: "sudo doas su pkexec runuser sudoedit newgrp chroot nsenter unshare passwd useradd usermod "
        "userdel groupadd adduser deluser visudo",
        Risk.PERSISTS: "at batch nohup setsid disown screen tmux launchctl daemonize start-stop-daemon update-rc.d "
        "chkconfig systemd-run insmod modprobe rmmod sysctl",
        Risk.CONTROLS: "docker docker-compose podman nerdctl buildah kubectl helm minikube kind oc terraform tofu "
        "pulumi ansible ansible-playbook vagrant aws gcloud gsutil az gh glab heroku flyctl vercel netlify iptables "
        "nft ip",
        Risk.CREDENTIALS: "pass secret-tool security ssh-add ssh-keygen keyctl ssh-agent gpg gpg2",
        Risk.PACKAGES: "apt-get apt aptitude dpkg yum dnf rpm apk pacman zypper brew snap flatpak nix-env easy_install "
        "pipx npx bunx uvx rustup corepack ensurepip",
        Risk.DELETES: "shred srm wipe",
    }.items()
    for name in names.split()
}

SUBCOMMANDS: dict[str, dict[str, Risk]] = {
    program: {name: risk for names, risk in table.items() for name in names.split()}
    for program, table in {
        "pip": {"install uninstall download wheel": Risk.PACKAGES},
        "uv": {"add remove sync pip tool lock python self": Risk.PACKAGES, "publish": Risk.NETWORK},
        "poetry": {"add remove install update lock self": Risk.PACKAGES, "publish": Risk.NETWORK},
        "pdm": {"add remove install update sync lock": Risk.PACKAGES, "publish": Risk.NETWORK},
        "hatch": {"publish": Risk.NETWORK},
        "pipenv": {"install uninstall update sync lock": Risk.PACKAGES},
        "conda": {"install remove update create env uninstall upgrade": Risk.PACKAGES},
        "npm": {
            "install i ci add update upgrade uninstall remove rm link exec x init create audit": Risk.PACKAGES,
            "publish unpublish login adduser token deprecate dist-tag owner": Risk.NETWORK,
        },
        "yarn": {"add install remove upgrade up dlx global create link": Risk.PACKAGES, "publish npm": Risk.NETWORK},
        "pnpm": {"add install i remove update up dlx exec create link": Risk.PACKAGES, "publish": Risk.NETWORK},
        "bun": {"add install i remove update x create": Risk.PACKAGES, "publish": Risk.NETWORK},
        "cargo": {"install add update fetch uninstall": Risk.PACKAGES, "publish login": Risk.NETWORK},
        "gem": {"install update uninstall": Risk.PACKAGES, "push": Risk.NETWORK},
        "bundle": {"install update add": Risk.PACKAGES},
        "go": {"get install": Risk.PACKAGES},
        "composer": {"install require update remove global": Risk.PACKAGES},
        "dotnet": {"add restore tool": Risk.PACKAGES},
        "make": {"install uninstall": Risk.PACKAGES},
        "cmake": {"--install": Risk.PACKAGES},
        "setup.py": {"install develop": Risk.PACKAGES, "upload register": Risk.NETWORK},
        "git": {
            "clone fetch pull ls-remote submodule lfs daemon send-email svn p4": Risk.NETWORK,
            "push filter-branch filter-repo rebase update-ref replace prune": Risk.HISTORY,
            "credential credential-store credential-cache": Risk.CREDENTIALS,
        },
    }.items()
}

HARMLESS = _names("""
    cat head tail less more grep egrep fgrep zgrep rg ag ack sed awk gawk mawk cut sort uniq wc tr diff cmp comm
    paste join column nl tac rev fold fmt expand unexpand strings od hexdump xxd jq yq xmllint base64 base32
    md5sum sha1sum sha256sum sha512sum cksum printf echo yes seq ls dir tree find fd locate stat file du df pwd cd
    pushd popd dirs mkdir touch cp mv rm rmdir unlink ln readlink realpath basename dirname mktemp install chmod
    truncate tee split csplit tar gzip gunzip zcat bzip2 bunzip2 xz unxz unzip zip zstd rsync patch dos2unix
    unix2dos test [ [[ (( true false : exit return break continue export unset set shopt declare local typeset
    readonly read mapfile readarray shift source . eval exec trap wait jobs type which whereis command builtin
    hash alias unalias getopts let ulimit umask times history fg bg for select case function env printenv date
    sleep time timeout nice ionice stdbuf xargs watch flock id whoami hostname uname nproc arch free uptime ps
    pgrep top tty stty clear reset kill crontab systemctl service curl openssl git make cmake ctest ninja meson
    gcc g++ cc c++ clang clang++ ld ar nm objdump readelf strip size gdb valgrind strace ltrace perf gprof gcov
    python pypy ipython pytest py.test tox nox coverage unittest doctest mypy dmypy ruff black isort flake8 pylint
    pyright pyflakes pycodestyle bandit vulture pre-commit pip uv poetry pdm hatch pipenv conda virtualenv venv
    node npm yarn pnpm bun deno tsc ts-node tsx eslint prettier biome jest vitest mocha ava tap playwright cypress
    vite webpack rollup esbuild next go gofmt goimports golangci-lint staticcheck cargo rustc rustfmt
    clippy-driver java javac jar mvn gradle kotlinc kotlin scala scalac sbt ruby irb bundle gem rspec rake rubocop
    php composer phpunit phpstan perl prove lua luac busted dotnet swift swiftc elixir mix iex erl rebar3 ghc
    cabal stack ocaml ocamlc dune R Rscript julia sqlite3 protoc shellcheck shfmt yamllint hadolint sphinx-build
    mkdocs ctags cloc tokei scc bc dc expr factor iconv locale getconf lscpu lsb_release ldd mycoder cython
    django-admin flask uvicorn gunicorn alembic parallel tput numfmt shuf pr tsort look ts rename pygmentize pydoc
    pdoc pdb timeit cProfile profile trace tracemalloc zipfile tarfile json.tool compileall py_compile ast dis
    tokenize site sysconfig platform calendar this setup.py busybox getent groups users who last lsof ss netstat
    ipcs vmstat iostat mpstat lsblk findmnt dmesg tracepath
""")

READERS = _names("""
    cat head tail less more grep egrep fgrep zgrep rg ag ack cut sort uniq wc diff cmp comm ls dir tree find fd
    stat file du test [ [[ readlink realpath basename dirname yamllint shellcheck actionlint echo printf
    for case jq yq md5sum sha1sum sha256sum nl tac od hexdump xxd strings awk gawk bat
""")
"""Programs that change none of the files they name."""

GIT_READERS = _names(
    "diff log show status blame ls-files ls-tree grep rev-parse describe shortlog cat-file check-ignore add"
)
WRITERS = _names(
    "cp mv tee ln mkdir touch truncate install rsync tar unzip patch split csplit sed gzip gunzip zip rename"
)
"""Programs that write what they name."""

PATTERN_FIRST = _names("grep egrep fgrep zgrep rg ag ack sed awk gawk mawk jq yq perl")
"""Programs whose first operand is no file."""
NO_PATHS = _names("echo printf expr true false : read export")
