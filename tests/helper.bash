# helper.bash - loaded by every bats file: where things are, and waiting for the kernel instead of sleeping.

bats_require_minimum_version 1.5.0
export LC_ALL=C     # by which names are sorted
ulimit -c 0
ROOT=${BATS_TEST_DIRNAME%/*}
PATH=$ROOT/svsem:$ROOT/build:$ROOT/build/tests:$PATH
DEADLINE=$((20 * ${SVSEM_PATIENCE:-1}))      # seconds; only ever fails a test

# bats looks at every command before it runs, in functions too, which costs more than most commands do. The line of the test
# itself says where it failed: from its first command on, functions go untraced, and after the failure nothing is looked at. A
# setup() of a file's own begins with this.
untraced() {
    # shellcheck disable=SC2154
    trap '[ -n "$BATS_DEBUG_LAST_STACK_TRACE_IS_VALID" ] || bats_debug_trap "$BASH_SOURCE"
        [ "${FUNCNAME-}" != "$BATS_TEST_NAME" ] || set +T' DEBUG
}
setup() { untraced; }

# needs WHAT...: skips the test, with the reason, where WHAT is not allowed (tests/doctor).
needs() {
    local why status=0
    why=$("$ROOT/tests/doctor" -q "$@") || status=$?
    [ "$status" -ne 1 ] || skip "$why"
    return "$status"            # it could not ask
}

# gives STATUS TEXT COMMAND...: does COMMAND end with STATUS and print just TEXT, on stdout and stderr together?
# For checks by the dozen: several times as fast as `run`.
gives() {
    local want=$1 text=$2 status=0 got
    shift 2
    got=$("$@" 2>&1) || status=$?
    if [ "$status" -ne "$want" ] || [ "$got" != "$text" ]; then
        printf '%s\n' "command:  $*" "expected: status $want, $text" "got:      status $status, $got"
        return 1
    fi
}

# ends STATUS COMMAND...: does COMMAND, whatever it prints, end with STATUS?
ends() {
    local want=$1 status=0
    shift
    "$@" >/dev/null 2>&1 || status=$?
    if [ "$status" -ne "$want" ]; then
        echo "expected status $want, got $status: $*"
        return 1
    fi
}

# await COMMAND...: returns when COMMAND succeeds; fails, and says so, when it has not by the deadline. Between two looks it
# leaves the processor to those it waits for, 1 ms, then 2 ... 9, by reading a pipe that nobody writes to: all tests of a
# file inherit one.
[ -n "${SILENCE-}" ] || { exec {SILENCE}<> <(:) && export SILENCE; }
await() {
    local end=$((SECONDS + DEADLINE)) pause=0
    until "$@"; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "await: not within $DEADLINE s: $*" >&2
            return 1
        fi
        read -r -t "0.00$((pause += pause < 9))" -u "$SILENCE" || true
    done
}

# asleep PID, stopped PID, gone PID...: what the library's reader of /proc says (tests/programs/look.c).
asleep() { look asleep "$@"; }
stopped() { look stopped "$@"; }
gone() { look gone "$@"; }

# identifiers shm, identifiers sem [UID]: those of all objects in a table of /proc/sysvipc, or of all sets that the user
# made. It is read at one go: it may change.
identifiers() {
    local line table row
    mapfile -t -s 1 table <"/proc/sysvipc/$1"
    for line in "${table[@]}"; do
        read -r -a row <<<"$line"
        [ "${2-${row[6]}}" -ne "${row[6]}" ] || echo "${row[1]}"
    done
}
set_exists() { [[ $'\n'$(identifiers sem)$'\n' = *$'\n'"$1"$'\n'* ]]; }
segment_exists() { [[ $'\n'$(identifiers shm)$'\n' = *$'\n'"$1"$'\n'* ]]; }

# staged TARGET DIR PREFIX: make install or uninstall with DESTDIR=DIR, of what stands there: the flags it was built with stay.
staged() { env -u MAKEFLAGS -u MAKELEVEL make -s -C "$ROOT" -o build/flags "$1" DESTDIR="$PWD/$2" PREFIX="$3"; }
# examples TOOL: the last line of its --help, and what its manual page shows, a line each; away_from_tree: only the installed
# tools are in PATH.
examples() {
    "$1" --help | sed -n 's/^Example: //p'
    sed -n '/^\.EX/,/^\.EE/{//d; s/\\-/-/g; s/\\(aq/'\''/g; p}' "$ROOT/docs/man/$1.1" | paste -sd ' '
}
away_from_tree() {
    staged install stage /usr
    PATH=$PWD/stage/usr/bin:${PATH#"$ROOT/svsem:"}
    cd / || return
}

# own_namespace COMMAND...: runs COMMAND in an IPC namespace of its own; status 125 where that is not allowed.
own_namespace() { "$ROOT/tests/alone" "$@"; }

# nobody COMMAND...: runs COMMAND as another user, for whom copies_for_others FILE... makes copies of FILEs and goes there: the
# tree may stand where others may not go. teardown() calls gone_with_copies; what a signal ends, tests/run removes with $TMPDIR.
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
copies_for_others() {
    copies=$(mktemp -d "${TMPDIR:-/tmp}/svsem-tests.XXXXXX")
    chmod 755 "$copies"
    [ "$EUID" -ne 0 ] || nobody test -x "$copies" || skip "other users may not look into ${TMPDIR:-/tmp}"
    cp "${@/#/$ROOT/}" "$copies"
    cd "$copies" || return
}
gone_with_copies() { [ -z "${copies-}" ] || rm -r "$copies"; }

# sets: the identifiers of all sets that this user has made.
sets() { identifiers sem "$EUID"; }

# leaving_nothing COMMAND...: its status; and it fails, and says so, if a set is left behind that was not there before.
leaving_nothing() {
    local before status=0
    before=$(sets)
    "$@" || status=$?
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ] || { echo 'left a set'; return 1; }
    return "$status"
}
